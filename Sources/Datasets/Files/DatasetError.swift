/// A list, annotation or dataset folder that cannot be used.
///
/// The description names the file, the place in it, what was found, what was expected and what to do.
public struct DatasetError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The path of the file or folder, or the id of the item.
    public var file: String
    /// The place in the file: "line 12", "box 3"; empty when the whole file is meant.
    public var place: String
    /// What was found.
    public var found: String
    /// What would have been accepted.
    public var expected: String
    /// What the user can do.
    public var advice: String

    /// Describes a problem.
    public init(file: String, place: String = "", found: String, expected: String, advice: String) {
        self.file = file
        self.place = place
        self.found = found
        self.expected = expected
        self.advice = advice
    }

    /// One line with file, place, finding, expectation and advice.
    public var description: String {
        let location = place.isEmpty ? file : "\(file), \(place)"
        return "\(location): found \(found), expected \(expected); \(advice)"
    }
}
