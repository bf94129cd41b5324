import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** The digests of a topic, a {@link DigestSequence} per partition: read from Kafka, or kept in a file. */
final class TopicDigests {
  private TopicDigests() {}

  static List<DigestSequence> read(TopicReader reader, String topic) throws NoSuchAlgorithmException {
    List<TopicPartition> partitions = reader.partitionsOf(topic);
    List<DigestSequence> sequences = new ArrayList<>();
    partitions.forEach(partition -> sequences.add(new DigestSequence()));
    RecordDigest.Maker digests = new RecordDigest.Maker();
    reader.read(partitions, record -> {
      try {
        sequences.get(record.partition()).add(digests.of(record), record.offset());
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
    });
    return sequences;
  }

  static void writeFile(Path file, Map<String, List<DigestSequence>> topics) throws IOException {
    try (var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      out.writeInt(topics.size());
      for (var topic : topics.entrySet()) {
        out.writeUTF(topic.getKey());
        out.writeInt(topic.getValue().size());
        for (DigestSequence sequence : topic.getValue()) {
          sequence.writeTo(out);
        }
      }
    }
  }

  static Map<String, List<DigestSequence>> readFile(Path file) throws IOException {
    try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      Map<String, List<DigestSequence>> topics = new LinkedHashMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        String topic = in.readUTF();
        List<DigestSequence> sequences = new ArrayList<>();
        for (int partitions = in.readInt(); partitions > 0; partitions--) {
          sequences.add(DigestSequence.readFrom(in));
        }
        topics.put(topic, sequences);
      }
      return topics;
    }
  }
}
