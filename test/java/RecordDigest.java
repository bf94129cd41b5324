import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * 128 bits that stand for all that a consumer sees of a record but its place: timestamp and its type, key, value and
 * headers with their order, repetitions and nulls. The first half of a SHA-256 over a text in which every part is
 * preceded by its length (-1 for null), so that no two records share one.
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
      text.writeLong(record.timestamp());
      text.writeInt(record.timestampType().id);
      write(record.key());
      write(record.value());
      for (Header header : record.headers()) {
        write(header.key().getBytes(StandardCharsets.UTF_8));
        write(header.value());
      }
      ByteBuffer digest = ByteBuffer.wrap(sha256.digest(bytes.toByteArray()));
      return new RecordDigest(digest.getLong(), digest.getLong());
    }

    private void write(byte[] part) throws IOException {
      text.writeInt(part == null ? -1 : part.length);
      if (part != null) {
        text.write(part);
      }
    }
  }
}
