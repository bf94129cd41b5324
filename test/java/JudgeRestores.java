import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.sourceforge.argparse4j.inf.ArgumentParser;

/**
 * CompareTopics for many restores of the same sources, one after the other, without the start of a program for each. For
 * every line of stdin, {@code source=target,…}, it prints what CompareTopics prints, and for each pair {@code places}:
 * by partition the runs {@code [source offset, target offset, count]} of records that stand one after the other on both
 * sides, and {@code ends}: the target's offsets behind everything. What cannot be compared is {@code {"error"}}.
 */
public final class JudgeRestores {
  private JudgeRestores() {}

  public static void main(String[] arguments) {
    ArgumentParser parser = Program.named("JudgeRestores", "Compares targets with sources, as often as it is asked.");
    parser.addArgument("--source-file").required(true).help("digests of the sources by WriteDigests");
    Program.run(parser, arguments, options -> {
      String bootstrap = options.getString("bootstrap");
      try (var comparison = new TopicComparison(bootstrap, bootstrap, options.getString("source_file"));
          var questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
        for (String question = questions.readLine(); question != null; question = questions.readLine()) {
          Program.printLine(answer(comparison, question));
        }
      }
      return 0;
    });
  }

  private static Map<String, Object> answer(TopicComparison comparison, String question) {
    try {
      List<TopicComparison.Pair> pairs = comparison.compareAll(question);
      Map<String, Object> text = TopicComparison.text(pairs);
      text.put("pairs", pairs.stream().map(pair -> {
        Map<String, Object> line = pair.text();
        line.put("places", pair.places);
        line.put("ends", pair.ends);
        return line;
      }).toList());
      return text;
    } catch (Exception failure) {
      return Map.of("error", failure.toString());
    }
  }
}
