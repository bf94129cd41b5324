import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import net.sourceforge.argparse4j.inf.Namespace;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes {@link SeededRecords} to a topic with Kafka's own producers, one per codec, by turns: a span of records by the
 * first producer, the next span by the second, and so on, so that every partition holds batches of every producer.
 *
 * <p>Mode {@code idempotent}: idempotent producers. {@code transactional}: a transaction per span; before every third
 * one the same producer aborts a transaction whose records are already in the log, and one more is aborted at the very
 * end. {@code mixed}: idempotent and transactional by turns.
 *
 * <p>Prints {@code {"topic","partitions","records","aborted","valueBytes","seconds"}}; aborted records are not among
 * the records.
 */
public final class WriteRecords {
  /** Enough turns for every codec in both modes with some aborts, even with few records. */
  private static final int MIN_SPANS = 40;
  private static final int MAX_SPAN_RECORDS = 5_000;
  private static final int MAX_ABORTED_RECORDS = 500;
  private static final int SPANS_PER_ABORT = 3;

  private final Namespace options;
  private final List<String> codecs;
  private final String mode;
  private final SeededRecords records;
  private final Map<String, KafkaProducer<byte[], byte[]>> producers = new HashMap<>();
  private final AtomicReference<Exception> sendFailure = new AtomicReference<>();
  private long aborted;
  private long valueBytes;

  private WriteRecords(Namespace options, int partitions) {
    this.options = options;
    this.codecs = List.of(options.getString("codecs").split(","));
    this.mode = options.getString("mode");
    this.records = new SeededRecords(options.getString("topic"), partitions, options.getLong("seed"),
        options.getInt("record_bytes"), Instant.parse(options.getString("start_time")).toEpochMilli());
  }

  public static void main(String[] arguments) {
    ArgumentParser parser = Program.named("WriteRecords", "Writes a data set to a topic, the same for the same seed.");
    parser.addArgument("--topic").required(true);
    Topics.addOptions(parser);
    parser.addArgument("--records").type(Long.class).required(true);
    parser.addArgument("--record-bytes").type(Integer.class).setDefault(1024).help("mean bytes of a value (1024)");
    parser.addArgument("--seed").type(Long.class).setDefault(1L);
    parser.addArgument("--codecs").setDefault("none,gzip,snappy,lz4,zstd");
    parser.addArgument("--mode").choices("idempotent", "transactional", "mixed").setDefault("mixed");
    parser.addArgument("--start-time").setDefault("2019-03-01T00:00:00Z").help("timestamp of the first record, ISO 8601");
    parser.addArgument("--batch-bytes").type(Integer.class).setDefault(65_536).help("batch.size of the producers (65536)");
    Program.run(parser, arguments, options -> {
      long start = System.nanoTime();
      String topic = options.getString("topic");
      int partitions = Topics.createIfMissing(List.of(topic), options).get(topic);
      WriteRecords writer = new WriteRecords(options, partitions);
      try {
        writer.writeAll(options.getLong("records"));
      } finally {
        writer.producers.values().forEach(KafkaProducer::close);
      }
      Topics.awaitCommitted(topic, partitions, options);
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("topic", topic);
      line.put("partitions", partitions);
      line.put("records", options.getLong("records"));
      line.put("aborted", writer.aborted);
      line.put("valueBytes", writer.valueBytes);
      line.put("seconds", (System.nanoTime() - start) / 1e9);
      Program.printLine(line);
      return 0;
    });
  }

  private void writeAll(long count) throws Exception {
    long spanRecords = Math.max(1, Math.min(count / MIN_SPANS, MAX_SPAN_RECORDS));
    List<KafkaProducer<byte[], byte[]>> transactional = new ArrayList<>();
    long span = 0;
    for (long first = 0; first < count; first += spanRecords, span++) {
      long end = Math.min(first + spanRecords, count);
      String codec = codecs.get((int) (span % codecs.size()));
      if (!isTransactional(span)) {
        send(idempotentProducer(codec), first, end);
        continue;
      }
      KafkaProducer<byte[], byte[]> producer = transactionalProducer(codec);
      if (transactional.size() % SPANS_PER_ABORT == 0) {
        abort(producer, spanRecords);
      }
      producer.beginTransaction();
      send(producer, first, end);
      producer.commitTransaction();
      transactional.add(producer);
    }
    if (!transactional.isEmpty()) {
      abort(transactional.get(transactional.size() - 1), spanRecords);
    }
  }

  private boolean isTransactional(long span) {
    return switch (mode) {
      case "transactional" -> true;
      case "mixed" -> span / codecs.size() % 2 == 1;
      default -> false;
    };
  }

  /** Records [first, end), all of them acknowledged on return, so that the next producer's come after them. */
  private void send(KafkaProducer<byte[], byte[]> producer, long first, long end) throws Exception {
    for (long index = first; index < end; index++) {
      var next = records.at(index);
      valueBytes += next.value() == null ? 0 : next.value().length;
      producer.send(next, (metadata, failure) -> sendFailure.compareAndSet(null, failure));
    }
    flush(producer);
  }

  /** Records that no reader of committed records may see: those with negative indexes, which no other producer sends. */
  private void abort(KafkaProducer<byte[], byte[]> producer, long spanRecords) throws Exception {
    producer.beginTransaction();
    for (long i = Math.min(spanRecords, MAX_ABORTED_RECORDS); i > 0; i--) {
      producer.send(records.at(-++aborted), (metadata, failure) -> sendFailure.compareAndSet(null, failure));
    }
    // Without this the records would still be in the producer's memory and never reach the log.
    flush(producer);
    producer.abortTransaction();
  }

  private void flush(KafkaProducer<byte[], byte[]> producer) throws Exception {
    producer.flush();
    if (sendFailure.get() != null) {
      throw sendFailure.get();
    }
  }

  private KafkaProducer<byte[], byte[]> idempotentProducer(String codec) {
    return producers.computeIfAbsent(codec, name -> new KafkaProducer<>(producerConfig(codec)));
  }

  private KafkaProducer<byte[], byte[]> transactionalProducer(String codec) {
    return producers.computeIfAbsent(codec + " transactional", name -> {
      Map<String, Object> config = producerConfig(codec);
      config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "write-records-" + options.getString("topic") + "-" + codec);
      var producer = new KafkaProducer<byte[], byte[]>(config);
      producer.initTransactions();
      return producer;
    });
  }

  private Map<String, Object> producerConfig(String codec) {
    Map<String, Object> config = new HashMap<>();
    config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, options.getString("bootstrap"));
    config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, Topics.IN_FLIGHT_TO_KEEP_ORDER);
    config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, codec);
    config.put(ProducerConfig.BATCH_SIZE_CONFIG, options.getInt("batch_bytes"));
    // Flushed after every span: until then batches fill up, so that batch-bytes means something.
    config.put(ProducerConfig.LINGER_MS_CONFIG, 1_000);
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 16 << 20);
    return config;
  }
}
