import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** The digest as docs/report.md specifies it: of a partition by its records, or of a topic by its partitions. */
final class CanonicalDigest {
  private final MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
  private final DataOutputStream text =
      new DataOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), sha256));
  private long records;

  CanonicalDigest() throws NoSuchAlgorithmException {}

  void addRecord(long planIndex, ConsumerRecord<byte[], byte[]> record) throws IOException {
    text.writeLong(planIndex);
    write(record, text);
    records++;
  }

  void addPartition(int partition, long recordsOfIt, byte[] digestOfIt) throws IOException {
    text.writeInt(partition);
    text.writeLong(recordsOfIt);
    text.write(digestOfIt);
  }

  long records() {
    return records;
  }

  byte[] digest() {
    return sha256.digest();
  }

  /** What the digest takes of a record besides its plan index. */
  static void write(ConsumerRecord<byte[], byte[]> record, DataOutputStream text) throws IOException {
    text.writeLong(record.timestamp());
    write(record.key(), text);
    write(record.value(), text);
    text.writeInt(record.headers().toArray().length);
    for (Header header : record.headers()) {
      write(header.key().getBytes(StandardCharsets.UTF_8), text);
      write(header.value(), text);
    }
  }

  private static void write(byte[] part, DataOutputStream text) throws IOException {
    text.writeInt(part == null ? -1 : part.length);
    if (part != null) {
      text.write(part);
    }
  }
}
