import Foundation
import Testing

@testable import Datasets

@Suite("Supports that a file names") struct SupportListTests {
    private static let view = GFSSView(
        .diam, classes: [(1, "cat"), (2, "dining table"), (6, "dog")].map { FewShotClass(id: $0.0, name: $0.1) }, novel: [1, 2],
        training: [.init(id: "2007_01", pixels: [1: 9]), .init(id: "2007_02", pixels: [2: 9, 6: 3])],
        validation: [.init(id: "2008_01.jpg", pixels: [1: 4]), .init(id: "2008_02", pixels: [2: 4, 1: 1])])

    private func list(_ text: String, _ body: (SupportList) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "supports.txt")
            try TextFile.write(text, to: file)
            try body(try SupportList(contentsOf: file))
        }
    }

    @Test("Ids and names are classes, endings do not matter, and an image may be a support of a class twice")
    func reading() throws {
        try list("2008_02  dining table \r\n\n2008_01__1\n2007_02 2\n2008_01.png cat\n") { list in
            #expect(list.stems == ["2008_01", "2008_02", "2007_02"])
            let supports = try list.supports(of: Self.view, shots: 2)
            #expect(supports.map(\.id) == ["2008_01.jpg", "2008_01.jpg", "2008_02", "2007_02"])
            #expect(supports.map(\.classID) == [1, 1, 2, 2])
            #expect(Self.view.queries(supports: supports).isEmpty)
        }
    }

    @Test(
        "What is wrong is named with its line",
        arguments: [
            ("2007_01 1\n2007_02", "line 2: found no class"), ("2007_01 dog", "line 1: found the class dog"),
            ("\n2009_01 1", "line 2: found the image 2009_01"), ("2007_01 2", "line 1: found 2007_01, which shows no pixel"),
            ("2007_01 1", "found 0 supports of dining table (2), expected 1"),
            ("2007_01 1\n2008_01 1\n2007_02 2", "found 2 supports of cat (1), expected 1"),
        ])
    func refusals(_ text: String, _ words: String) throws {
        try list(text) { list in
            let error = #expect(throws: DatasetError.self) { try list.supports(of: Self.view, shots: 1) }
            #expect("\(error as Any)".contains(words), "\(error as Any)")
        }
    }

    @Test("A file that is not there or names nothing is refused")
    func empty() throws {
        #expect(throws: DatasetError.self) { try list(" \n\n") { _ in } }
        #expect(throws: DatasetError.self) { try SupportList(contentsOf: URL(fileURLWithPath: "/nowhere/supports.txt")) }
    }
}
