import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import net.sourceforge.argparse4j.inf.Namespace;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes a real corpus: the package index of the Debian or Ubuntu machine that it runs on. One record per package
 * version, the key is the package's name, the value its paragraph of the index; Kafka chooses the partition by the key.
 *
 * <p>The index is what {@code apt-cache dumpavail} prints (tens of thousands of packages once {@code apt-get update}
 * has run), or else {@code /var/lib/dpkg/status}, the packages installed. Timestamps are a second apart.
 *
 * <p>Prints {@code {"topic","partitions","records","valueBytes","seconds"}}.
 */
public final class WritePackages {
  private static final Path INSTALLED = Path.of("/var/lib/dpkg/status");
  private static final String NAME = "Package: ";

  private final KafkaProducer<String, String> producer;
  private final String topic;
  private final long startTime;
  private final long limit;
  private final AtomicReference<Exception> sendFailure = new AtomicReference<>();
  private long records;
  private long valueBytes;

  private WritePackages(KafkaProducer<String, String> producer, Namespace options) {
    this.producer = producer;
    this.topic = options.getString("topic");
    this.startTime = Instant.parse(options.getString("start_time")).toEpochMilli();
    this.limit = options.getLong("max_records");
  }

  public static void main(String[] arguments) {
    ArgumentParser parser = Program.named("WritePackages", "Writes the machine's Debian package index to a topic.");
    parser.addArgument("--topic").required(true);
    Topics.addOptions(parser);
    parser.addArgument("--codec").setDefault("zstd");
    parser.addArgument("--max-records").type(Long.class).setDefault(Long.MAX_VALUE).help("the first n only");
    parser.addArgument("--start-time").setDefault("2023-06-10T00:00:00Z").help("timestamp of the first record, ISO 8601");
    Program.run(parser, arguments, options -> {
      long start = System.nanoTime();
      String topic = options.getString("topic");
      int partitions = Topics.createIfMissing(List.of(topic), options).get(topic);
      try (var producer = new KafkaProducer<String, String>(producerConfig(options))) {
        WritePackages writer = new WritePackages(producer, options);
        writer.writeAll();
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("topic", topic);
        line.put("partitions", partitions);
        line.put("records", writer.records);
        line.put("valueBytes", writer.valueBytes);
        line.put("seconds", (System.nanoTime() - start) / 1e9);
        Program.printLine(line);
      }
      return 0;
    });
  }

  private void writeAll() throws Exception {
    try (BufferedReader index = packageIndex()) {
      StringBuilder paragraph = new StringBuilder();
      for (String line = index.readLine(); line != null && records < limit; line = index.readLine()) {
        if (line.isEmpty()) {
          send(paragraph);
        } else {
          paragraph.append(line).append('\n');
        }
      }
      if (records < limit) {
        send(paragraph);
      }
    }
    producer.flush();
    if (sendFailure.get() != null) {
      throw sendFailure.get();
    }
    if (records == 0) {
      throw new IOException("Neither apt-cache nor " + INSTALLED + " lists a package on this machine.");
    }
  }

  /** Sends the paragraph and empties it; an empty one (blank lines in a row) is no package. */
  private void send(StringBuilder paragraph) throws IOException {
    if (paragraph.isEmpty()) {
      return;
    }
    String value = paragraph.toString();
    paragraph.setLength(0);
    if (!value.startsWith(NAME)) {
      throw new IOException("A paragraph of the package index starts with '" + value.lines().findFirst().get() + "'.");
    }
    String name = value.substring(NAME.length(), value.indexOf('\n'));
    valueBytes += value.getBytes(StandardCharsets.UTF_8).length;
    producer.send(new ProducerRecord<>(topic, null, startTime + 1_000 * records++, name, value),
        (metadata, failure) -> sendFailure.compareAndSet(null, failure));
  }

  private static BufferedReader packageIndex() throws IOException {
    try {
      Process aptCache = new ProcessBuilder("apt-cache", "dumpavail").redirectError(ProcessBuilder.Redirect.DISCARD).start();
      BufferedReader available = aptCache.inputReader(StandardCharsets.UTF_8);
      available.mark(1);
      if (available.read() != -1) {
        available.reset();
        return available;
      }
    } catch (IOException noAptCache) {
      // A machine with dpkg alone.
    }
    return Files.newBufferedReader(INSTALLED);
  }

  private static Map<String, Object> producerConfig(Namespace options) {
    Map<String, Object> config = new HashMap<>();
    config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, options.getString("bootstrap"));
    config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
    config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
    config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, options.getString("codec"));
    config.put(ProducerConfig.LINGER_MS_CONFIG, 20);
    return config;
  }
}
