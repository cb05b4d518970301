public import Foundation
internal import Synchronization

/// Data that is not in the repository: real photos and published weights, in a folder `shared` beside it or the one that
/// `FSS_SHARED_DIR` names. Suites that need it are skipped where it is absent, and say so.
public enum SharedData {
    /// Where the data lies.
    public static var folder: URL {
        if let path = ProcessInfo.processInfo.environment["FSS_SHARED_DIR"] { return URL(fileURLWithPath: path) }
        let repository = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        return repository.appendingPathComponent("../shared").standardized
    }

    /// The place of `path` in the folder.
    public static func url(_ path: String) -> URL { folder.appendingPathComponent(path) }

    private static let announced = Mutex<Set<String>>([])

    /// Whether `path` is there; a suite's condition. Where it is not, prints once how many tests of the suite are skipped:
    /// a line that continuous integration looks for.
    ///
    /// - Parameters:
    ///   - path: a file or folder in ``folder``.
    ///   - suite: the suite's name; it stands in the file of the call, in an attribute `@Suite`.
    ///   - file: the file of the call.
    public static func has(_ path: String, for suite: String, file: String = #filePath) -> Bool {
        if FileManager.default.fileExists(atPath: url(path).path) { return true }
        if announced.withLock({ $0.insert(suite).inserted }) { print(skipLine(suite, path, file: file)) }
        return false
    }

    /// The line about a suite that is skipped.
    public static func skipLine(_ suite: String, _ path: String, file: String) -> String {
        let source = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        let count = testCount(in: source, suite: suite).map(String.init) ?? "all"
        return "skipped: \(suite): \(count) tests need ../shared/\(path)"
    }

    /// The number of test functions of a suite: of those that follow its attribute up to the next suite's.
    public static func testCount(in source: String, suite: String) -> Int? {
        let suites = source.components(separatedBy: "@Suite").dropFirst()
        let own = suites.first { $0.prefix(200).contains("\"\(suite)\"") }
        return own.map { $0.components(separatedBy: "@Test").count - 1 }
    }
}
