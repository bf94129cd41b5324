import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.sourceforge.argparse4j.inf.ArgumentParser;

/**
 * Writes the digests of topics (committed records only) to a file, so that CompareTopics can compare with them later,
 * when the topics are gone. Prints {@code {"file","records"}}.
 */
public final class WriteDigests {
  private WriteDigests() {}

  public static void main(String[] arguments) {
    ArgumentParser parser = Program.named("WriteDigests", "Writes the digests of topics to a file.");
    parser.addArgument("--topics").required(true).help("a,b,…");
    parser.addArgument("--file").required(true);
    Program.run(parser, arguments, options -> {
      Map<String, List<DigestSequence>> topics = new LinkedHashMap<>();
      long records = 0;
      try (var reader = new TopicReader(options.getString("bootstrap"), "read_committed")) {
        for (String topic : options.getString("topics").split(",")) {
          List<DigestSequence> sequences = TopicDigests.read(reader, topic);
          records += sequences.stream().mapToLong(DigestSequence::size).sum();
          topics.put(topic, sequences);
        }
      }
      TopicDigests.writeFile(Path.of(options.getString("file")), topics);
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("file", options.getString("file"));
      line.put("records", records);
      Program.printLine(line);
      return 0;
    });
  }
}
