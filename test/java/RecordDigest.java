import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * 128 bits that stand for all that a consumer sees of a record but its place: timestamp and its type, key, value and
 * headers with their order, repetitions and nulls. The first half of a SHA-256 over the type and the canonical form of
 * the rest.
 */
record RecordDigest(long high, long low) {

  /** Takes the digests of one record after another; not for several threads. */
  static final class Maker {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(4096);
    private final DataOutputStream text = new DataOutputStream(bytes);
    private final MessageDigest sha256;

    Maker() throws NoSuchAlgorithmException {
      sha256 = MessageDigest.getInstance("SHA-256");
    }

    RecordDigest of(ConsumerRecord<byte[], byte[]> record) throws IOException {
      bytes.reset();
      text.writeInt(record.timestampType().id);
      CanonicalDigest.write(record, text);
      ByteBuffer digest = ByteBuffer.wrap(sha256.digest(bytes.toByteArray()));
      return new RecordDigest(digest.getLong(), digest.getLong());
    }
  }
}
