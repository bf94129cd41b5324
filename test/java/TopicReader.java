import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads partitions of topics from their first record to the end that they have when the reading starts. */
final class TopicReader implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration MAX_SILENCE = Duration.ofMinutes(1);

  private final KafkaConsumer<byte[], byte[]> consumer;

  /** @param isolation {@code read_committed} or {@code read_uncommitted} */
  TopicReader(String bootstrap, String isolation) {
    this.consumer = new KafkaConsumer<>(Map.ofEntries(
        Map.entry(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
        Map.entry(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class),
        Map.entry(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class),
        Map.entry(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation),
        Map.entry(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false),
        Map.entry(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false),
        // Records that vanish while they are read are an error, not a reason to start somewhere else.
        Map.entry(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none"),
        Map.entry(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20),
        Map.entry(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000)));
  }

  /** The topic's partitions in order of their numbers; throws if there is no such topic. */
  List<TopicPartition> partitionsOf(String topic) {
    List<PartitionInfo> partitions = consumer.partitionsFor(topic);
    if (partitions.isEmpty()) {
      throw new IllegalStateException("Topic " + topic + " does not exist.");
    }
    return partitions.stream().map(PartitionInfo::partition).sorted()
        .map(partition -> new TopicPartition(topic, partition)).toList();
  }

  /** The offsets behind the last record that this reader may see, in order of the partitions' numbers. */
  List<Long> endsOf(String topic) {
    List<TopicPartition> partitions = partitionsOf(topic);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    return partitions.stream().map(ends::get).toList();
  }

  /** Each partition's records come in offset order; those of several partitions come interleaved. */
  void read(Collection<TopicPartition> partitions, Consumer<ConsumerRecord<byte[], byte[]>> onRecord) {
    // With read_committed the end is the last stable offset, with read_uncommitted the high watermark.
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    assign(partitions);
    consumer.beginningOffsets(partitions).forEach(consumer::seek);
    long lastProgress = System.nanoTime();
    long sumOfPositions = -1;
    while (true) {
      // Positions, not records, tell the end: aborted records and markers take offsets and are not handed out.
      long sum = 0;
      for (TopicPartition partition : List.copyOf(consumer.assignment())) {
        long position = consumer.position(partition);
        sum += position;
        if (position >= ends.get(partition)) {
          consumer.pause(List.of(partition));
        }
      }
      if (consumer.paused().size() == partitions.size()) {
        return;
      }
      if (sum != sumOfPositions) {
        sumOfPositions = sum;
        lastProgress = System.nanoTime();
      } else if (System.nanoTime() - lastProgress > MAX_SILENCE.toNanos()) {
        throw new IllegalStateException("Nothing arrived for " + MAX_SILENCE + " before the end of " + partitions + ".");
      }
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
          onRecord.accept(record);
        }
      }
    }
  }

  /** The record at an offset, if it is still there. */
  Optional<ConsumerRecord<byte[], byte[]>> at(TopicPartition partition, long offset) {
    assign(List.of(partition));
    consumer.seek(partition, offset);
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(MAX_SILENCE)) {
      return record.offset() == offset ? Optional.of(record) : Optional.empty();
    }
    return Optional.empty();
  }

  /** A partition that was read before is still paused: that outlives an assignment. */
  private void assign(Collection<TopicPartition> partitions) {
    consumer.assign(partitions);
    consumer.resume(partitions);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
