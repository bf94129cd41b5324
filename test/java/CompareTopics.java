import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import net.sourceforge.argparse4j.inf.Namespace;
import org.apache.kafka.common.TopicPartition;

/**
 * The independent reader: compares target topics with their sources partition by partition in offset order: timestamp
 * and its type, key, value, headers. Offsets themselves may differ. The source is read read_committed (or was, see
 * WriteDigests), the target both read_committed and read_uncommitted: neither reader may find anything wrong. A
 * partition that one side lacks counts as empty there.
 *
 * <p>Prints one line: {@code records} (of the sources), then how many are {@code missing}, {@code duplicates}, {@code
 * outOfOrder}, {@code different} and {@code foreign} (see {@link Alignment.Kind}), of each pair the worse reading; then
 * {@code pairs}, each with the same numbers by reading and its {@code firstDifference} (null if there is none). Exits 1
 * if any of the five is not 0.
 */
public final class CompareTopics {
  private static final String COMMITTED = "read_committed";
  private static final String UNCOMMITTED = "read_uncommitted";
  private static final List<String> ISOLATIONS = List.of(COMMITTED, UNCOMMITTED);

  private final TopicReader sourceReader;
  private final Map<String, TopicReader> targetReaders;
  /** Digests of sources that need not be there any more; null if there is no such file. */
  private final Map<String, List<DigestSequence>> fromFile;

  private CompareTopics(
      TopicReader sourceReader,
      Map<String, TopicReader> targetReaders,
      Map<String, List<DigestSequence>> fromFile) {
    this.sourceReader = sourceReader;
    this.targetReaders = targetReaders;
    this.fromFile = fromFile;
  }

  public static void main(String[] arguments) {
    ArgumentParser parser = Program.named("CompareTopics", "Compares target topics with their sources.");
    parser.addArgument("--target-bootstrap").help("where the targets are, if not in the cluster of the sources");
    parser.addArgument("--pairs").required(true).help("source=target,source=target,…");
    parser.addArgument("--source-file").help("digests of the sources by WriteDigests, instead of the topics themselves");
    Program.run(parser, arguments, options -> {
      List<Pair> pairs = compareAll(options);
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("records", pairs.stream().mapToLong(pair -> pair.records).sum());
      for (Alignment.Kind kind : Alignment.Kind.values()) {
        line.put(field(kind), pairs.stream().mapToLong(pair -> pair.worst(kind)).sum());
      }
      line.put("pairs", pairs.stream().map(Pair::text).toList());
      Program.printLine(line);
      return pairs.stream().allMatch(pair -> pair.firstDifference == null) ? 0 : 1;
    });
  }

  private static List<Pair> compareAll(Namespace options) throws Exception {
    String bootstrap = options.getString("bootstrap");
    String targetBootstrap = Objects.requireNonNullElse(options.getString("target_bootstrap"), bootstrap);
    String file = options.getString("source_file");
    List<Pair> pairs = new ArrayList<>();
    try (var sources = new TopicReader(bootstrap, COMMITTED);
        var committed = new TopicReader(targetBootstrap, COMMITTED);
        var uncommitted = new TopicReader(targetBootstrap, UNCOMMITTED)) {
      CompareTopics comparison = new CompareTopics(
          sources,
          Map.of(COMMITTED, committed, UNCOMMITTED, uncommitted),
          file == null ? null : TopicDigests.readFile(Path.of(file)));
      for (String text : options.getString("pairs").split(",")) {
        String[] names = text.split("=", 2);
        if (names.length < 2) {
          throw new IllegalArgumentException("'" + text + "' is not of the form source=target.");
        }
        pairs.add(comparison.compare(names[0], names[1]));
      }
    }
    return pairs;
  }

  /** A source with its target, and what was found. */
  private static final class Pair {
    final String source;
    final String target;
    final Map<String, Map<Alignment.Kind, Long>> readings = new LinkedHashMap<>();
    long records;
    Map<String, Object> firstDifference;

    Pair(String source, String target) {
      this.source = source;
      this.target = target;
      ISOLATIONS.forEach(isolation -> readings.put(isolation, new EnumMap<>(Alignment.Kind.class)));
    }

    long worst(Alignment.Kind kind) {
      return readings.values().stream().mapToLong(counts -> counts.getOrDefault(kind, 0L)).max().getAsLong();
    }

    Map<String, Object> text() {
      Map<String, Object> text = new LinkedHashMap<>();
      text.put("source", source);
      text.put("target", target);
      text.put("records", records);
      readings.forEach((isolation, counts) -> {
        Map<String, Long> reading = new LinkedHashMap<>();
        for (Alignment.Kind kind : Alignment.Kind.values()) {
          reading.put(field(kind), counts.getOrDefault(kind, 0L));
        }
        text.put(isolation, reading);
      });
      text.put("firstDifference", firstDifference);
      return text;
    }
  }

  private Pair compare(String sourceTopic, String targetTopic) throws Exception {
    Pair pair = new Pair(sourceTopic, targetTopic);
    List<DigestSequence> source = readSource(sourceTopic);
    pair.records = source.stream().mapToLong(DigestSequence::size).sum();
    for (String isolation : ISOLATIONS) {
      compare(pair, source, isolation);
    }
    return pair;
  }

  private void compare(Pair pair, List<DigestSequence> source, String isolation) throws Exception {
    TopicReader reader = targetReaders.get(isolation);
    List<DigestSequence> target = TopicDigests.read(reader, pair.target);
    for (int partition = 0; partition < Math.max(source.size(), target.size()); partition++) {
      DigestSequence sources = partition < source.size() ? source.get(partition) : new DigestSequence();
      DigestSequence targets = partition < target.size() ? target.get(partition) : new DigestSequence();
      List<Alignment.Finding> findings = Alignment.findings(sources, targets);
      findings.forEach(finding -> pair.readings.get(isolation).merge(finding.kind(), 1L, Long::sum));
      if (!findings.isEmpty() && pair.firstDifference == null) {
        Alignment.Finding first = findings.get(0);
        pair.firstDifference = new LinkedHashMap<>();
        pair.firstDifference.put("kind", first.kind().name());
        pair.firstDifference.put("isolation", isolation);
        pair.firstDifference.put("source", first.source() < 0 ? null
            : sourceRecord(new TopicPartition(pair.source, partition), sources.offset(first.source())));
        pair.firstDifference.put("target", first.target() < 0 ? null
            : recordAt(reader, new TopicPartition(pair.target, partition), targets.offset(first.target())));
      }
    }
  }

  private List<DigestSequence> readSource(String topic) throws Exception {
    if (fromFile == null) {
      return TopicDigests.read(sourceReader, topic);
    }
    if (!fromFile.containsKey(topic)) {
      throw new IllegalArgumentException("The file of the sources' digests has none of topic " + topic + ".");
    }
    return fromFile.get(topic);
  }

  private Map<String, Object> sourceRecord(TopicPartition partition, long offset) {
    return fromFile == null ? recordAt(sourceReader, partition, offset) : place(partition, offset);
  }

  private static Map<String, Object> recordAt(TopicReader reader, TopicPartition partition, long offset) {
    return reader.at(partition, offset).map(RecordText::of).orElseGet(() -> place(partition, offset));
  }

  private static Map<String, Object> place(TopicPartition partition, long offset) {
    Map<String, Object> place = new LinkedHashMap<>();
    place.put("topic", partition.topic());
    place.put("partition", partition.partition());
    place.put("offset", offset);
    return place;
  }

  private static String field(Alignment.Kind kind) {
    return switch (kind) {
      case MISSING -> "missing";
      case DUPLICATE -> "duplicates";
      case OUT_OF_ORDER -> "outOfOrder";
      case DIFFERENT -> "different";
      case FOREIGN -> "foreign";
    };
  }
}
