/// Why a session cannot do what was asked.
public enum PhotoSessionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A session, photo or result that is not there, or no longer.
    case missing(String)
    /// More than the limits allow.
    case limit(String, found: String, expected: String)
    /// What was sent cannot be used: the part, what was found, what was expected, what to do.
    case unusable(String, found: String, expected: String, advice: String)
    /// Something has to be done before, such as marking the thing.
    case early(String)
    /// Too many requests wait for the model.
    case busy

    public var description: String {
        switch self {
        case .missing(let what): "\(what): not there, or its session ended; reload the page to begin a new one"
        case .limit(let what, let found, let expected): "\(what): found \(found), expected at most \(expected)"
        case .unusable(let what, let found, let expected, let advice):
            "\(what): found \(found), expected \(expected); \(advice)"
        case .early(let text): text
        case .busy: "the model has as many requests waiting as it may; try again in a moment"
        }
    }
}
