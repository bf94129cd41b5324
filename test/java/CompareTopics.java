import java.util.List;
import java.util.Objects;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import net.sourceforge.argparse4j.inf.Namespace;

/**
 * The independent reader: compares target topics with their sources as {@link TopicComparison} says.
 *
 * <p>Prints one line: {@code records} (of the sources), then how many are {@code missing}, {@code duplicates}, {@code
 * outOfOrder}, {@code different} and {@code foreign} (see {@link Alignment.Kind}), of each pair the worse reading; then
 * {@code pairs}, each with the same numbers by reading and its {@code firstDifference} (null if there is none). Exits 1
 * if any of the five is not 0.
 */
public final class CompareTopics {
  private CompareTopics() {}

  public static void main(String[] arguments) {
    ArgumentParser parser = Program.named("CompareTopics", "Compares target topics with their sources.");
    parser.addArgument("--target-bootstrap").help("where the targets are, if not in the cluster of the sources");
    parser.addArgument("--pairs").required(true).help("source=target,source=target,…");
    parser.addArgument("--source-file").help("digests of the sources by WriteDigests, instead of the topics themselves");
    Program.run(parser, arguments, options -> {
      try (TopicComparison comparison = open(options)) {
        List<TopicComparison.Pair> pairs = comparison.compareAll(options.getString("pairs"));
        Program.printLine(TopicComparison.text(pairs));
        return pairs.stream().allMatch(pair -> pair.firstDifference == null) ? 0 : 1;
      }
    });
  }

  private static TopicComparison open(Namespace options) throws Exception {
    String bootstrap = options.getString("bootstrap");
    String target = Objects.requireNonNullElse(options.getString("target_bootstrap"), bootstrap);
    return new TopicComparison(bootstrap, target, options.getString("source_file"));
  }
}
