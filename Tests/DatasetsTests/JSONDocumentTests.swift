import Foundation
import Testing

@testable import Datasets

@Suite struct JSONDocumentTests {
    private func root(_ text: String) throws -> JSONNode { try JSONDocument(Array(text.utf8), file: "f.json").root }

    @Test func valuesOfEveryKind() throws {
        let node = try root(
            " {\"a\": [1, -2.5e1, true, null, \"x\\n\\u00e9\\ud83d\\ude00\"], \"a b\": {}, \"a\": [], \"n\": NaN} ")
        #expect(node.members.map(\.name) == ["a", "a b", "a", "n"])
        let list = try #require(node.members.first?.value)
        #expect(list.elements.map(\.kind) == [.number, .number, .truth, .null, .string])
        #expect(list.elements[1].number == -25)
        #expect(list.elements[0].integer == 1)
        #expect(list.elements[4].string == "x\né😀")
        #expect(node["a"]?.elements.count == 0)
        #expect(node["a b"]?.kind == .object)
        #expect(node["n"]?.kind == .number)
        #expect(node["n"]?.number == nil)
        #expect(node["none"] == nil)
    }

    @Test func pathsNameThePlace() throws {
        let node = try root("{\"a\": [{\"b\": 1}, {\"c\": [[5, 6]]}], \"d\": 2}")
        let six = try #require(node["a"]?.elements[1]["c"]?.elements[0].elements[1])
        #expect(six.document.path(of: six.index) == "a[1].c[0][1]")
        #expect(node.document.path(of: try #require(node["d"]).index) == "d")
        #expect(node.document.path(of: 0) == "")
        #expect(try root("[[7]]").document.path(of: 2) == "[0][0]")
    }

    private static let faults: [(String, String, String)] = [
        ("{\"a\": [1, 2", "line 1, column 12", "the end of the file inside of a value"),
        ("{\"a\"\n 1}", "line 2, column 2", "\"1}\""), ("[1,]", "line 1, column 4", "\"]\""),
        ("[01x]", "line 1, column 4", "\"x]\""),
        ("{} x", "line 1, column 4", "more text after the value"),
        ("[\"a", "line 1, column 4", "the end of the file inside of a value"),
        ("[tru]", "line 1, column 2", "\"tru]\""), ("[1 2]", "line 1, column 4", "\"2]\""),
        ("[--1]", "line 1, column 2", "\"--1]\""),
        ("{1: 2}", "line 1, column 2", "\"1: 2}\""), ("[", "line 1, column 2", "the end of the file inside of a value"),
    ]

    @Test(arguments: faults) func whatIsNoJSONIsPlaced(_ text: String, _ place: String, _ found: String) {
        let error = #expect(throws: DatasetError.self) { try root(text) }
        #expect(error?.place == place)
        #expect(error?.found == found)
    }

    @Test func depthAndNumbersAreBounded() throws {
        #expect(try root(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)).kind == .array)
        for opening in ["[", "{\"a\":"] {
            let deep = #expect(throws: DatasetError.self) { try root(String(repeating: opening, count: 10_000_000)) }
            #expect(deep?.found == "nesting deeper than 64 levels")
        }
        let long = #expect(throws: DatasetError.self) { try root("[" + String(repeating: "9", count: 1000) + "]") }
        #expect(long?.found == "a number of 1000 digits")
    }

    @Test func aTextOfBracketsTakesMemoryInProportion() throws {
        let count = 2_000_000
        let document = try JSONDocument(Array(("[" + String(repeating: "[],", count: count) + "[]]").utf8), file: "f")
        #expect(document.entries.count == count + 2)
        #expect(MemoryLayout<JSONDocument.Entry>.stride == 8)
    }

    private static let xml: [(String, String)] = [
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><annotation/>", "a document type"),
        ("<a>\n<!ENTITY b \"c\"></a>", "an entity declaration"),
        ("<annotation>", "XML that is not well formed"), ("<annotation><b></annotation>", "XML that is not well formed"),
        (String(repeating: "<a>", count: 40) + String(repeating: "</a>", count: 40), "nesting deeper than 32 levels"),
        ("<", "XML that is not well formed"), ("<a/><?b", "XML that is not well formed"),
        ("<a><!-- <?b?> </a>", "XML that is not well formed"),
    ]

    @Test(arguments: xml) func xmlIsBounded(_ text: String, _ found: String) {
        let error = #expect(throws: DatasetError.self) { try XMLTree.read(Array(text.utf8), file: "f.xml") }
        #expect(error?.found == found)
        #expect(error?.place.hasPrefix("line") == true)
    }

    @Test(arguments: ["<?c?>", "<?c d?>", "<?xml version=\"1.0\"?>", "<?c\u{0}?>", "<!-- <?c?> -->"])
    func instructionsSayNothing(_ instruction: String) throws {
        let tree = try XMLTree.read(Array("\(instruction)\n<a>b\(instruction)<c/></a>".utf8), file: "f.xml")
        #expect(tree.text == "b" && tree.line == 2)
        #expect(tree.children.map(\.name) == ["c"])
    }

    @Test func instructionsInCharacterDataAreText() throws {
        #expect(try XMLTree.read(Array("<a><![CDATA[<?c?>]]></a>".utf8), file: "f.xml").text == "<?c?>")
    }
}
