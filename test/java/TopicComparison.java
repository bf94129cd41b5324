import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * Compares target topics with their sources partition by partition in offset order: timestamp and its type, key, value,
 * headers. Offsets themselves may differ. The source is read read_committed (or was, see WriteDigests), the target both
 * read_committed and read_uncommitted: neither reader may find anything wrong. A partition that one side lacks counts as
 * empty there.
 */
final class TopicComparison implements AutoCloseable {
  private static final String COMMITTED = "read_committed";
  private static final String UNCOMMITTED = "read_uncommitted";
  private static final List<String> ISOLATIONS = List.of(COMMITTED, UNCOMMITTED);

  private final TopicReader sourceReader;
  private final Map<String, TopicReader> targetReaders;
  /** Digests of sources that need not be there any more; null if there is no such file. */
  private final Map<String, List<DigestSequence>> fromFile;

  /** @param sourceFile digests of the sources by WriteDigests, or null to read the topics themselves */
  TopicComparison(String bootstrap, String targetBootstrap, String sourceFile) throws Exception {
    this.sourceReader = new TopicReader(bootstrap, COMMITTED);
    this.targetReaders = new LinkedHashMap<>();
    for (String isolation : ISOLATIONS) {
      targetReaders.put(isolation, new TopicReader(targetBootstrap, isolation));
    }
    this.fromFile = sourceFile == null ? null : TopicDigests.readFile(Path.of(sourceFile));
  }

  /** A source with its target, and what was found. */
  static final class Pair {
    final String source;
    final String target;
    final Map<String, Map<Alignment.Kind, Long>> readings = new LinkedHashMap<>();
    long records;
    Map<String, Object> firstDifference;
    /** By partition, the records as a reader of committed records finds them: where each stands. */
    final List<List<long[]>> places = new ArrayList<>();
    /** By partition, the target offset behind everything that is there. */
    final List<Long> ends = new ArrayList<>();

    Pair(String source, String target) {
      this.source = source;
      this.target = target;
      ISOLATIONS.forEach(isolation -> readings.put(isolation, new EnumMap<>(Alignment.Kind.class)));
    }

    /** Of both readings. */
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

  /** Compares {@code source=target,source=target,…}. */
  List<Pair> compareAll(String texts) throws Exception {
    List<Pair> pairs = new ArrayList<>();
    for (String text : texts.split(",")) {
      String[] names = text.split("=", 2);
      if (names.length < 2) {
        throw new IllegalArgumentException("'" + text + "' is not of the form source=target.");
      }
      pairs.add(compare(names[0], names[1]));
    }
    return pairs;
  }

  /** {@code records}, how many of each kind of finding, and {@code pairs}. */
  static Map<String, Object> text(List<Pair> pairs) {
    Map<String, Object> text = new LinkedHashMap<>();
    text.put("records", pairs.stream().mapToLong(pair -> pair.records).sum());
    for (Alignment.Kind kind : Alignment.Kind.values()) {
      text.put(field(kind), pairs.stream().mapToLong(pair -> pair.worst(kind)).sum());
    }
    text.put("pairs", pairs.stream().map(Pair::text).toList());
    return text;
  }

  private Pair compare(String sourceTopic, String targetTopic) throws Exception {
    Pair pair = new Pair(sourceTopic, targetTopic);
    List<DigestSequence> source = readSource(sourceTopic);
    pair.records = source.stream().mapToLong(DigestSequence::size).sum();
    for (String isolation : ISOLATIONS) {
      compare(pair, source, isolation);
    }
    pair.ends.addAll(targetReaders.get(UNCOMMITTED).endsOf(pair.target));
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
      if (isolation.equals(COMMITTED)) {
        pair.places.add(places(sources, targets));
      }
      if (!findings.isEmpty() && pair.firstDifference == null) {
        pair.firstDifference = firstDifference(findings.get(0), pair, partition, sources, targets, isolation);
      }
    }
  }

  /**
   * Runs of records that stand one after the other on both sides: {@code [source offset, target offset, count]}. Where
   * records are missing or doubled it ends with the first of them.
   */
  private static List<long[]> places(DigestSequence sources, DigestSequence targets) {
    List<long[]> runs = new ArrayList<>();
    long[] run = {0, 0, 0};
    int next = 0;
    for (int i = 0; i < targets.size() && next < sources.size(); i++) {
      if (!targets.sameAt(i, sources, next)) {
        continue; // A record of somebody else.
      }
      long source = sources.offset(next++);
      long target = targets.offset(i);
      if (run[2] == 0 || source != run[0] + run[2] || target != run[1] + run[2]) {
        run = new long[] {source, target, 0};
        runs.add(run);
      }
      run[2]++;
    }
    return runs;
  }

  private Map<String, Object> firstDifference(Alignment.Finding first, Pair pair, int partition,
      DigestSequence sources, DigestSequence targets, String isolation) {
    Map<String, Object> difference = new LinkedHashMap<>();
    difference.put("kind", first.kind().name());
    difference.put("isolation", isolation);
    difference.put("source", first.source() < 0 ? null
        : sourceRecord(new TopicPartition(pair.source, partition), sources.offset(first.source())));
    difference.put("target", first.target() < 0 ? null
        : recordAt(targetReaders.get(isolation), new TopicPartition(pair.target, partition),
            targets.offset(first.target())));
    return difference;
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

  @Override
  public void close() {
    sourceReader.close();
    targetReaders.values().forEach(TopicReader::close);
  }
}
