import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The {@link CanonicalDigest} of a topic: of a target by the report of its restore, of a source without, where the plan
 * index counts its records. Prints {@code {"digest","partitions":[{"partition","records","digest"}]}}.
 */
public final class DigestTopic {
  private DigestTopic() {}

  public static void main(String[] arguments) {
    ArgumentParser parser = Program.named("DigestTopic", "Takes the digest of a topic.");
    parser.addArgument("--topic").required(true);
    parser.addArgument("--report").help("report.json of the restore whose target it is");
    Program.run(parser, arguments, options -> {
      String topic = options.getString("topic");
      String report = options.getString("report");
      CanonicalDigest whole = new CanonicalDigest();
      List<Map<String, Object>> partitions = new ArrayList<>();
      try (var reader = new TopicReader(options.getString("bootstrap"), "read_committed")) {
        for (TopicPartition partition : reader.partitionsOf(topic)) {
          RestoredRuns runs = report == null ? null : RestoredRuns.of(new File(report), partition);
          CanonicalDigest one = new CanonicalDigest();
          reader.read(List.of(partition), record -> add(record, runs, one));
          byte[] digest = one.digest();
          whole.addPartition(partition.partition(), one.records(), digest);
          partitions.add(Map.of(
              "partition", partition.partition(), "records", one.records(), "digest", HexFormat.of().formatHex(digest)));
        }
      }
      Program.printLine(Map.of("digest", HexFormat.of().formatHex(whole.digest()), "partitions", partitions));
      return 0;
    });
  }

  private static void add(ConsumerRecord<byte[], byte[]> record, RestoredRuns runs, CanonicalDigest digest) {
    long index = runs == null ? digest.records() : runs.planIndex(record.offset());
    if (index < 0) {
      return; // Somebody else's.
    }
    try {
      digest.addRecord(index, record);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
