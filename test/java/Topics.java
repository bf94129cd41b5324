import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import net.sourceforge.argparse4j.impl.Arguments;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import net.sourceforge.argparse4j.inf.Namespace;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Creates the topics that a writing program was told to fill, if they are missing. */
final class Topics {
  /**
   * One request at a time. With more, idempotent producers too may write to a topic just created out of order: when its
   * leader refuses the first batch, having not heard of the topic yet, and takes the second.
   */
  static final int IN_FLIGHT_TO_KEEP_ORDER = 1;

  private Topics() {}

  static void addOptions(ArgumentParser parser) {
    parser.addArgument("--partitions").type(Integer.class).setDefault(4)
        .help("of a topic that must be created (default 4); an existing one keeps its own");
    parser.addArgument("--topic-config").metavar("NAME=VALUE").action(Arguments.append())
        .help("of a topic that must be created; retention.ms is -1 unless told, for the records may be old");
  }

  /** Returns the number of partitions of each topic. */
  static Map<String, Integer> createIfMissing(Collection<String> topics, Namespace options)
      throws ExecutionException, InterruptedException {
    Map<String, String> configs = Program.assignments(options.getList("topic_config"));
    configs.putIfAbsent("retention.ms", "-1");
    Optional<Integer> partitions = Optional.of(options.getInt("partitions"));
    List<NewTopic> wanted =
        topics.stream().map(topic -> new NewTopic(topic, partitions, Optional.empty()).configs(configs)).toList();
    Map<String, Integer> result = new HashMap<>();
    try (Admin admin = Admin.create(
        Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, options.getString("bootstrap")))) {
      CreateTopicsResult created = admin.createTopics(wanted);
      for (String topic : topics) {
        try {
          result.put(topic, created.numPartitions(topic).get());
        } catch (ExecutionException failure) {
          if (!(failure.getCause() instanceof TopicExistsException)) {
            throw failure;
          }
          result.put(topic, partitionsOf(topic, admin));
        }
      }
    }
    return result;
  }

  /** Of a topic that is there, though the broker that is asked may not have heard of it yet. */
  private static int partitionsOf(String topic, Admin admin) throws ExecutionException, InterruptedException {
    for (int triesLeft = 200;; triesLeft--) {
      try {
        return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
      } catch (ExecutionException failure) {
        if (triesLeft == 0 || !(failure.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw failure;
        }
        Thread.sleep(50);
      }
    }
  }

  /**
   * Waits until readers of committed records see everything in the topic: a producer's commit is answered before its
   * markers are in the partitions, on a broker that has just started seconds before.
   */
  static void awaitCommitted(String topic, int partitions, Namespace options)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(
        Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, options.getString("bootstrap")))) {
      Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
      for (int partition = 0; partition < partitions; partition++) {
        latest.put(new TopicPartition(topic, partition), OffsetSpec.latest());
      }
      while (!ends(admin, latest, IsolationLevel.READ_COMMITTED)
          .equals(ends(admin, latest, IsolationLevel.READ_UNCOMMITTED))) {
        Thread.sleep(50);
      }
    }
  }

  private static Map<TopicPartition, Long> ends(
      Admin admin, Map<TopicPartition, OffsetSpec> latest, IsolationLevel isolation)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> ends = new HashMap<>();
    admin.listOffsets(latest, new ListOffsetsOptions(isolation)).all().get()
        .forEach((partition, info) -> ends.put(partition, info.offset()));
    return ends;
  }
}
