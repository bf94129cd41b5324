import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes the golden batches with Kafka's own producer, one topic of one partition each; see README.md. */
public final class GoldenBatches {
  private static final long NEW_YEAR_2019 = 1546300800000L;
  private static final int LARGE_BYTES = 70_000;

  public static void main(String[] arguments) throws Exception {
    String bootstrap = arguments[0];
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      write(bootstrap, "golden-" + codec, codec, false);
    }
    write(bootstrap, "golden-transactional", "none", true);
  }

  private static void write(String bootstrap, String topic, String codec, boolean transactional) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    properties.put("compression.type", codec);
    properties.put("linger.ms", "1000");
    properties.put("batch.size", "1000000");
    if (transactional) properties.put("transactional.id", topic);
    try (Admin admin = Admin.create(properties)) {
      var created = new NewTopic(topic, 1, (short) 1).configs(Map.of("retention.ms", "-1"));
      admin.createTopics(List.of(created)).all().get();
    }
    var bytes = new ByteArraySerializer();
    try (var producer = new KafkaProducer<byte[], byte[]>(properties, bytes, bytes)) {
      if (transactional) {
        producer.initTransactions();
        producer.beginTransaction();
      }
      for (var record : records(topic, !codec.equals("none"))) producer.send(record);
      producer.flush();
      if (transactional) producer.commitTransaction();
    }
  }

  private static List<ProducerRecord<byte[], byte[]>> records(String topic, boolean withLarge) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    records.add(record(topic, 0, "key", "value"));
    records.add(record(topic, -1000, null, "a value without a key, older than the one before"));
    records.add(record(topic, 5, "tombstone", null));
    records.add(record(topic, 6, "", ""));
    var withHeaders = record(topic, 7, "ключ", "with headers");
    withHeaders.headers().add("z", bytes("1")).add("a", null).add("z", bytes("2")).add("empty", bytes(""));
    records.add(withHeaders);
    // Larger than the blocks of snappy (32 KiB) and lz4 (64 KiB).
    if (withLarge) records.add(record(topic, 8, "large", "0123456789".repeat(LARGE_BYTES / 10)));
    return records;
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, long afterNewYear, String key, String value) {
    return new ProducerRecord<>(topic, 0, NEW_YEAR_2019 + afterNewYear, bytes(key), bytes(value));
  }

  private static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }
}
