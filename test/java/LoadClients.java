import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Loads the classes of Kafka's clients and does nothing with them: what the JVM has loaded here it can keep in an
 * archive, from which the other programs start in half the time.
 */
final class LoadClients {
  private LoadClients() {}

  public static void main(String[] arguments) throws Exception {
    Map<String, Object> nowhere = Map.of("bootstrap.servers", "127.0.0.1:1");
    ByteArrayDeserializer reading = new ByteArrayDeserializer();
    ByteArraySerializer writing = new ByteArraySerializer();
    Admin.create(nowhere).close(Duration.ZERO);
    new KafkaConsumer<>(nowhere, reading, reading).close(CloseOptions.timeout(Duration.ZERO));
    new KafkaProducer<>(nowhere, writing, writing).close(Duration.ZERO);
    Program.printLine(Map.of("loaded", true));
  }
}
