import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * An endless sequence of records with everything that a copy can get wrong: keys and values that are null or empty,
 * headers that repeat, are null, empty, nameless or out of alphabetical order, timestamps out of order.
 *
 * <p>Record i is a pure function of (seed, i, partitions, record bytes, start time), whoever writes it and how: two
 * topics written with the same numbers hold the same records, partition by partition.
 */
final class SeededRecords {
  /** Time from one record to the next, before the disorder. */
  private static final int MILLIS_PER_RECORD = 10;
  /** How far back in time a late record lies at most. */
  private static final int LATE_MILLIS = 3_600_000;
  private static final String[] WORDS = {
    "order", "payment", "customer", "shipped", "invoice", "return", "Zürich", "København", "\"status\":", "true", "42",
  };

  private final String topic;
  private final int partitions;
  private final long seed;
  private final int recordBytes;
  private final long startTime;
  private final byte[] material;

  /**
   * @param recordBytes mean size of a value that is neither null nor empty; they vary from half to one and a half of it
   * @param startTime timestamp of the first record, milliseconds since 1970
   */
  SeededRecords(String topic, int partitions, long seed, int recordBytes, long startTime) {
    this.topic = topic;
    this.partitions = partitions;
    this.seed = seed;
    this.recordBytes = recordBytes;
    this.startTime = startTime;
    this.material = material(new SplittableRandom(seed), Math.max(1 << 20, 4 * recordBytes));
  }

  ProducerRecord<byte[], byte[]> at(long index) {
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + index);
    int partition = random.nextInt(partitions);
    return new ProducerRecord<>(
        topic, partition, timestamp(index, random), key(random), value(index, random), headers(random));
  }

  private long timestamp(long index, SplittableRandom random) {
    long onTime = startTime + Math.abs(index) * MILLIS_PER_RECORD;
    return random.nextInt(7) == 0 ? onTime - random.nextInt(LATE_MILLIS) : onTime;
  }

  private static byte[] key(SplittableRandom random) {
    return switch (random.nextInt(20)) {
      case 0, 1 -> null;
      case 2 -> new byte[0];
      case 3 -> ByteBuffer.allocate(16).putLong(random.nextLong()).putLong(random.nextLong()).array();
      default -> utf8("key-" + random.nextInt(10_000));
    };
  }

  private byte[] value(long index, SplittableRandom random) {
    return switch (random.nextInt(25)) {
      case 0 -> null;
      case 1 -> new byte[0];
      default -> {
        byte[] value = new byte[Math.max(8, recordBytes / 2 + random.nextInt(recordBytes + 1))];
        System.arraycopy(material, random.nextInt(material.length - value.length), value, 0, value.length);
        yield ByteBuffer.wrap(value).putLong(index).array();
      }
    };
  }

  private static List<Header> headers(SplittableRandom random) {
    return switch (random.nextInt(10)) {
      case 0 -> List.of(header("source", "orders"));
      case 1 -> List.of(header("z", "1"), header("a", "2"), header("z", "3"), header("z", "1"));
      case 2 -> List.of(header("trace", null), header("a", ""), header("trace", null));
      case 3 -> List.of(header("", "nameless"), header("größe", "großzügig"));
      case 4 -> {
        List<Header> many = new ArrayList<>();
        for (int i = 20; i > 0; i--) {
          many.add(header("h" + random.nextInt(i), "v" + i));
        }
        yield many;
      }
      default -> List.of();
    };
  }

  private static Header header(String key, String value) {
    return new RecordHeader(key, value == null ? null : utf8(value));
  }

  /** Text that compresses well and bytes that do not, half and half: values are cut from it. */
  private static byte[] material(SplittableRandom random, int size) {
    ByteBuffer bytes = ByteBuffer.allocate(size);
    while (bytes.position() < size / 2) {
      bytes.put(utf8(WORDS[random.nextInt(WORDS.length)])).put((byte) ' ');
    }
    byte[] noise = new byte[bytes.remaining()];
    random.nextBytes(noise);
    return bytes.put(noise).array();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
