import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs the other programs, and Kafka's own tools, one after the other in one JVM: most of the time of a short one is the
 * start of its JVM. Reads orders {@code {"program","arguments","input"}} from stdin, JSON lines, and answers each with a
 * line {@code {"exit","out","err"}}: what the program would have left behind as a process of its own.
 */
public final class Serve {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Serve() {}

  /** Ends one of Kafka's tools where it would have ended the JVM. */
  private static final class Exited extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** The code that the program has ended with; null as long as it has not said any. */
  private static Integer exited;

  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    Exit.setExitProcedure(
        (code, message) -> {
          // The first counts: some catch what ends them, and say something else then.
          exited = exited == null ? (Integer) code : exited;
          throw new Exited();
        });
    try (var orders = JSON.readerFor(JsonNode.class).<JsonNode>readValues(System.in)) {
      while (orders.hasNextValue()) {
        answers.println(JSON.writeValueAsString(answer(orders.nextValue())));
        answers.flush();
      }
    }
    // A thread that a program has left behind does not keep the JVM.
    System.exit(0);
  }

  private static Map<String, Object> answer(JsonNode order) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    String program = order.get("program").asText();
    System.setIn(new ByteArrayInputStream(order.get("input").asText().getBytes(StandardCharsets.UTF_8)));
    System.setOut(new PrintStream(out, false, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, false, StandardCharsets.UTF_8));
    exited = null;
    Program.onExit(code -> exited = code);
    try {
      String[] arguments = JSON.convertValue(order.get("arguments"), String[].class);
      Class.forName(program).getMethod("main", String[].class).invoke(null, (Object) arguments);
    } catch (Throwable failure) {
      boolean isItsEnd = failure instanceof InvocationTargetException ended && ended.getCause() instanceof Exited;
      if (!isItsEnd) {
        failure.printStackTrace();
        exited = 2;
      }
    }
    // A program of ours says how it ended; one of Kafka's may just return.
    int exit = exited != null ? exited : program.contains(".") ? 0 : 2;
    System.out.flush();
    System.err.flush();
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("exit", exit);
    answer.put("out", out.toString(StandardCharsets.UTF_8));
    answer.put("err", err.toString(StandardCharsets.UTF_8));
    return answer;
  }
}
