import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** Where the records of a restore stand in a partition of its target, by its report. */
record RestoredRuns(List<JsonNode> runs) {

  /** @param report report.json of the restore */
  static RestoredRuns of(File report, TopicPartition of) throws IOException {
    JsonNode document = new ObjectMapper().readTree(report);
    for (JsonNode topic : document.get("topics")) {
      for (JsonNode partition : topic.get("partitions")) {
        if (topic.get("target").asText().equals(of.topic()) && partition.get("partition").asInt() == of.partition()) {
          List<JsonNode> settled = settledRuns(report.getCanonicalFile().getParentFile(), document.get("runFiles"), of);
          int count = partition.get("settledRuns").asInt();
          List<JsonNode> runs = new ArrayList<>(settled.subList(settled.size() - count, settled.size()));
          partition.get("runs").forEach(runs::add);
          return new RestoredRuns(runs);
        }
      }
    }
    throw new IllegalArgumentException(report + " does not speak of " + of + ".");
  }

  /** The plan index of the record at this target offset; -1 if it is somebody else's. */
  long planIndex(long offset) {
    for (JsonNode run : runs) { // [plan index, source offset, target offset, count]
      long ahead = offset - run.get(2).asLong();
      if (ahead >= 0 && ahead < run.get(3).asLong()) {
        return run.get(0).asLong() + ahead;
      }
    }
    return -1;
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
}
