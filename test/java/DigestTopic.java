import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/**
 * The digest of a topic as docs/report.md specifies it: of a target by the report of its restore, of a source without,
 * where the plan index counts its records. Prints {@code {"digest","partitions":[{"partition","records","digest"}]}}.
 */
public final class DigestTopic {
  private final MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
  private final DataOutputStream text =
      new DataOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), sha256));
  private long records;

  private DigestTopic() throws NoSuchAlgorithmException {}

  public static void main(String[] arguments) {
    ArgumentParser parser = Program.named("DigestTopic", "Takes the digest of a topic.");
    parser.addArgument("--topic").required(true);
    parser.addArgument("--report").help("report.json of the restore whose target it is");
    Program.run(parser, arguments, options -> {
      String topic = options.getString("topic");
      String report = options.getString("report");
      DigestTopic whole = new DigestTopic();
      List<Map<String, Object>> partitions = new ArrayList<>();
      try (var reader = new TopicReader(options.getString("bootstrap"), "read_committed")) {
        for (TopicPartition partition : reader.partitionsOf(topic)) {
          Iterable<JsonNode> runs = report == null ? null : runsOf(new File(report), partition);
          DigestTopic one = new DigestTopic();
          reader.read(List.of(partition), record -> one.add(record, runs));
          byte[] digest = one.sha256.digest();
          whole.text.writeInt(partition.partition());
          whole.text.writeLong(one.records);
          whole.text.write(digest);
          partitions.add(Map.of(
              "partition", partition.partition(), "records", one.records, "digest", HexFormat.of().formatHex(digest)));
        }
      }
      Program.printLine(Map.of("digest", HexFormat.of().formatHex(whole.sha256.digest()), "partitions", partitions));
      return 0;
    });
  }

  private void add(ConsumerRecord<byte[], byte[]> record, Iterable<JsonNode> runs) {
    long index = runs == null ? records : planIndex(runs, record.offset());
    if (index < 0) {
      return; // Somebody else's.
    }
    try {
      text.writeLong(index);
      write(record, text);
      records++;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static List<JsonNode> runsOf(File report, TopicPartition of) throws IOException {
    JsonNode document = new ObjectMapper().readTree(report);
    for (JsonNode topic : document.get("topics")) {
      for (JsonNode partition : topic.get("partitions")) {
        if (topic.get("target").asText().equals(of.topic()) && partition.get("partition").asInt() == of.partition()) {
          List<JsonNode> settled = settledRuns(report.getCanonicalFile().getParentFile(), document.get("runFiles"), of);
          int count = partition.get("settledRuns").asInt();
          List<JsonNode> runs = new ArrayList<>(settled.subList(settled.size() - count, settled.size()));
          partition.get("runs").forEach(runs::add);
          return runs;
        }
      }
    }
    throw new IllegalArgumentException(report + " does not speak of " + of + ".");
  }

  /** What the files of runs beside the report have of a partition, as far as the report counts on them. */
  private static List<JsonNode> settledRuns(File folder, JsonNode files, TopicPartition of) throws IOException {
    List<JsonNode> runs = new ArrayList<>();
    for (JsonNode file : files) {
      Path path = folder.toPath().resolve("runs." + file.get("epoch").asInt() + ".ndjson");
      byte[] counted = Arrays.copyOf(Files.readAllBytes(path), file.get("bytes").asInt());
      for (String text : new String(counted, StandardCharsets.UTF_8).lines().toList()) {
        JsonNode line = new ObjectMapper().readTree(text);
        if (line.get("topic").asText().equals(of.topic()) && line.get("partition").asInt() == of.partition()) {
          line.get("runs").forEach(runs::add);
        }
      }
    }
    return runs;
  }

  private static long planIndex(Iterable<JsonNode> runs, long offset) {
    for (JsonNode run : runs) { // [plan index, source offset, target offset, count]
      long ahead = offset - run.get(2).asLong();
      if (ahead >= 0 && ahead < run.get(3).asLong()) {
        return run.get(0).asLong() + ahead;
      }
    }
    return -1;
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
