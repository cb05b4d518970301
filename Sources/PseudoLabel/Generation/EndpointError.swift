/// Why an HTTP endpoint gave nothing that can be used. No message holds a key.
public enum EndpointError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The address is none.
    case address(String, reason: String)
    /// The environment variable of the key is not set.
    case key(variable: String)
    /// The request cannot be put together.
    case request(String)
    /// No connection, or one that was cut.
    case connection(url: String, reason: String, attempts: Int)
    /// The answer was not there in time.
    case timeout(url: String, seconds: Double, attempts: Int)
    /// The endpoint refused.
    case status(url: String, code: Int, message: String, attempts: Int)
    /// The answer is longer than allowed.
    case tooLarge(url: String, limit: Int)
    /// The answer came and is no good.
    case answer(url: String, reason: String, attempts: Int)

    public var description: String {
        switch self {
        case .address(let text, let reason):
            "endpoint \"\(text.prefix(200))\": \(reason); give an address such as http://localhost:8080/v1"
        case .key(let variable): "the environment variable \(variable) is not set; put the key of the endpoint there"
        case .request(let reason): "endpoint: \(reason)"
        case .connection(let url, let reason, let attempts):
            "\(url): \(reason) (\(attempts) attempts); check that the server runs and the address is right"
        case .timeout(let url, let seconds, let attempts):
            "\(url): no whole answer within \(seconds) s (\(attempts) attempts); allow more time or check the server"
        case .status(let url, let code, let message, let attempts):
            "\(url): status \(code) (\(attempts) attempts): \(message.isEmpty ? "no message" : message); " + Self.advice(code)
        case .tooLarge(let url, let limit): "\(url): found an answer of more than \(limit) bytes; check what serves this address"
        case .answer(let url, let reason, let attempts):
            "\(url): \(reason) (\(attempts) attempts); check that the address speaks this form of JSON"
        }
    }

    private static func advice(_ code: Int) -> String {
        switch code {
        case 401, 403: "check the key"
        case 404, 405: "check the path of the address"
        case 429: "wait, or ask for less"
        case 500...: "check the server"
        default: "check model and settings"
        }
    }

    /// Whether another attempt may go better.
    var isPassing: Bool {
        switch self {
        case .connection, .timeout, .answer: true
        case .status(_, let code, _, _): code == 408 || code == 425 || code == 429 || code >= 500
        default: false
        }
    }

    /// The error with the number of attempts that were made.
    func after(_ attempts: Int) -> EndpointError {
        switch self {
        case .connection(let url, let reason, _): .connection(url: url, reason: reason, attempts: attempts)
        case .timeout(let url, let seconds, _): .timeout(url: url, seconds: seconds, attempts: attempts)
        case .status(let url, let code, let message, _):
            .status(url: url, code: code, message: message, attempts: attempts)
        case .answer(let url, let reason, _): .answer(url: url, reason: reason, attempts: attempts)
        default: self
        }
    }
}
