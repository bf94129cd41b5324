import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.UncheckedIOException;
import java.util.List;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import org.apache.kafka.common.TopicPartition;

/**
 * Prints a topic, a JSON line per record (see {@link RecordText}), partition after partition in offset order: two
 * topics can be compared with diff.
 */
public final class DumpTopic {
  private DumpTopic() {}

  public static void main(String[] arguments) {
    ArgumentParser parser = Program.named("DumpTopic", "Prints a topic, a JSON line per record.");
    parser.addArgument("--topic").required(true);
    parser.addArgument("--isolation").choices("read_committed", "read_uncommitted").setDefault("read_committed");
    Program.run(parser, arguments, options -> {
      try (var reader = new TopicReader(options.getString("bootstrap"), options.getString("isolation"))) {
        for (TopicPartition partition : reader.partitionsOf(options.getString("topic"))) {
          reader.read(List.of(partition), record -> {
            try {
              Program.printLine(RecordText.of(record));
            } catch (JsonProcessingException impossible) {
              throw new UncheckedIOException(impossible);
            }
          });
        }
      }
      return 0;
    });
  }
}
