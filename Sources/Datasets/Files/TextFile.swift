public import Foundation
internal import TensorCore

/// Writing of JSON and CSV files; each is written beside its final place and renamed.
public enum TextFile {
    /// A value as indented JSON with sorted keys; numbers that JSON lacks are the texts inf, -inf and nan.
    ///
    /// - Throws: `EncodingError`.
    public static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Writes a value as indented JSON with sorted keys.
    ///
    /// - Throws: ``DatasetError`` when the file cannot be written; nothing is left behind then.
    public static func writeJSON(_ value: some Encodable, to url: URL) throws(DatasetError) {
        let text: String
        do {
            text = try json(value)
        } catch {
            throw DatasetError(
                file: url.path, found: "a value that JSON cannot hold", expected: "numbers, texts, lists and keys",
                advice: "report this as a defect")
        }
        try write(text + "\n", to: url)
    }

    /// Writes rows as comma-separated values (RFC 4180, line feeds).
    ///
    /// - Throws: ``DatasetError`` when the file cannot be written; nothing is left behind then.
    public static func writeCSV(header: [String], rows: [[String]], to url: URL) throws(DatasetError) {
        try write(([header] + rows).map(csv).joined(), to: url)
    }

    /// A row of comma-separated values with its line feed.
    static func csv(_ row: [String]) -> String { row.map(quoted).joined(separator: ",") + "\n" }

    /// Writes a text.
    ///
    /// - Throws: ``DatasetError`` when the file cannot be written; nothing is left behind then.
    public static func write(_ text: String, to url: URL) throws(DatasetError) {
        try write(Array(text.utf8), to: url)
    }

    private static func quoted(_ field: String) -> String {
        let special: Set<Character> = [",", "\"", "\n", "\r", "\r\n"]
        guard field.contains(where: { special.contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }

    static func write(_ bytes: [UInt8], to url: URL) throws(DatasetError) {
        do throws(FileFailure) {
            try AtomicFile.write(bytes, to: url)
        } catch {
            throw DatasetError(
                file: url.path, found: error.found, expected: "a place to write the file", advice: error.advice)
        }
    }
}
