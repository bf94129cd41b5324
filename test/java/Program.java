import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import net.sourceforge.argparse4j.ArgumentParsers;
import net.sourceforge.argparse4j.inf.ArgumentParser;
import net.sourceforge.argparse4j.inf.ArgumentParserException;
import net.sourceforge.argparse4j.inf.Namespace;

/**
 * What every program here has in common: options, JSON lines on stdout, exit codes.
 *
 * <p>Exit 0: done (a check found nothing). Exit 1: a check found something, the JSON says what. Exit 2: the program
 * could not do its work, stderr says why; it is never mistaken for the result of a check.
 */
final class Program {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The work itself; returns the exit code. */
  interface Body {
    int run(Namespace options) throws Exception;
  }

  private static IntConsumer exiting = System::exit;

  private Program() {}

  /** What becomes of a program's exit code instead of the end of the JVM. */
  static void onExit(IntConsumer instead) {
    exiting = instead;
  }

  static ArgumentParser named(String name, String description) {
    ArgumentParser parser = ArgumentParsers.newArgumentParser(name).description(description);
    parser.addArgument("--bootstrap").required(true).help("host:port of the Kafka cluster");
    return parser;
  }

  static void run(ArgumentParser parser, String[] arguments, Body body) {
    int exit;
    try {
      exit = body.run(parser.parseArgs(arguments));
    } catch (ArgumentParserException wrongOptions) {
      parser.handleError(wrongOptions);
      exit = 2;
    } catch (Throwable failure) { // OutOfMemoryError too: left to the JVM, it would exit with 1.
      failure.printStackTrace();
      exit = 2;
    }
    System.out.flush();
    exiting.accept(exit);
  }

  static void printLine(Map<String, ?> line) throws JsonProcessingException {
    System.out.println(JSON.writeValueAsString(line));
  }

  /** {@code [a=b, c=d]} as a map in the order given; null (option absent) is an empty map. */
  static Map<String, String> assignments(List<String> texts) {
    Map<String, String> result = new LinkedHashMap<>();
    for (String text : texts == null ? List.<String>of() : texts) {
      int sign = text.indexOf('=');
      if (sign < 1) {
        throw new IllegalArgumentException("'" + text + "' is not of the form name=value.");
      }
      result.put(text.substring(0, sign), text.substring(sign + 1));
    }
    return result;
  }
}
