import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes the records that stand on stdin, a JSON line each as DumpTopic prints them (offset and timestampType are
 * ignored): for records made by hand, and for copies with a known flaw. Prints {@code {"topics","records"}}.
 */
public final class LoadTopics {
  private LoadTopics() {}

  public static void main(String[] arguments) {
    ArgumentParser parser = Program.named("LoadTopics", "Writes the records of stdin, JSON lines as DumpTopic prints them.");
    Topics.addOptions(parser);
    Program.run(parser, arguments, options -> {
      List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
      Set<String> topics = new LinkedHashSet<>();
      try (var lines = new ObjectMapper().readerFor(JsonNode.class).<JsonNode>readValues(System.in)) {
        while (lines.hasNextValue()) {
          records.add(record(lines.nextValue()));
          topics.add(records.get(records.size() - 1).topic());
        }
      }
      Topics.createIfMissing(topics, options);
      send(records, options.getString("bootstrap"));
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("topics", topics.size());
      line.put("records", records.size());
      Program.printLine(line);
      return 0;
    });
  }

  private static void send(List<ProducerRecord<byte[], byte[]>> records, String bootstrap) throws Exception {
    Map<String, Object> config = Map.of(
        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
        ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, Topics.IN_FLIGHT_TO_KEEP_ORDER);
    try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      List<Future<RecordMetadata>> acknowledgements = records.stream().map(producer::send).toList();
      producer.flush();
      for (Future<RecordMetadata> acknowledgement : acknowledgements) {
        acknowledgement.get();
      }
    }
  }

  private static ProducerRecord<byte[], byte[]> record(JsonNode text) throws IOException {
    List<Header> headers = new ArrayList<>();
    for (JsonNode pair : text.required("headers")) {
      headers.add(new RecordHeader(pair.required(0).textValue(), bytes(pair.required(1))));
    }
    return new ProducerRecord<>(text.required("topic").textValue(), text.required("partition").intValue(),
        text.required("timestamp").longValue(), bytes(text.required("key")), bytes(text.required("value")), headers);
  }

  private static byte[] bytes(JsonNode base64) throws IOException {
    return base64.isNull() ? null : base64.binaryValue();
  }
}
