import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** A record as a JSON object, for people: bytes in Base64, headers as a list of pairs in their order. */
final class RecordText {
  private RecordText() {}

  static Map<String, Object> of(ConsumerRecord<byte[], byte[]> record) {
    Map<String, Object> text = new LinkedHashMap<>();
    text.put("topic", record.topic());
    text.put("partition", record.partition());
    text.put("offset", record.offset());
    text.put("timestamp", record.timestamp());
    text.put("timestampType", record.timestampType().toString());
    text.put("key", base64(record.key()));
    text.put("value", base64(record.value()));
    List<List<String>> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      List<String> pair = new ArrayList<>();
      pair.add(header.key());
      pair.add(base64(header.value()));
      headers.add(pair);
    }
    text.put("headers", headers);
    return text;
  }

  private static String base64(byte[] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }
}
