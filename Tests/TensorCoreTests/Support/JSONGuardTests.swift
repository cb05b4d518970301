import Foundation
import TensorCore
import Testing

/// Bounds are found before a decoder sees the text.
@Suite("JSON guard")
struct JSONGuardTests {
    private let bounds = JSONGuard(bytes: 1000, depth: 3, values: 10)

    private func excess(_ text: String) -> String? { bounds.excess(in: Data(text.utf8)) }

    @Test("a text within the bounds passes")
    func within() {
        #expect(excess(#"{"a": [[1, 2], [3, 4]], "b": "text"}"#) == nil)
        #expect(excess("") == nil)
    }

    @Test("depth, values and bytes beyond the bounds are named")
    func beyond() {
        #expect(excess("[[[[1]]]]") == "found JSON nested deeper than 3 levels at byte 3")
        #expect(
            excess("[" + Array(repeating: "[]", count: 6).joined(separator: ",") + "]")?.contains("more than 10 values") == true)
        #expect(excess(String(repeating: "1", count: 1001)) == "found 1001 bytes of JSON, expected at most 1000")
    }

    @Test("brackets in texts count for nothing, and an escaped quote ends no text")
    func texts() {
        #expect(excess(#"["[[[[[[[[[[[[[[[[[[[[[[", "a\"[[[[[[,,,,,,,,,,,\\", 1]"#) == nil)
        #expect(excess(#"["a\\", [[[1]]]]"#) != nil)
    }

    @Test("ten million brackets cost no memory")
    func manyBrackets() {
        let text = Data(repeating: UInt8(ascii: "["), count: 10_000_000)
        #expect(JSONGuard(bytes: 1 << 30, values: 1 << 30).excess(in: text)?.contains("deeper than 64") == true)
    }
}
