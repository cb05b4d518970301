internal import Datasets
internal import Foundation
internal import Testing

@Suite("Logs of records")
struct RecordLogTests {
    private struct Record: Codable, Equatable {
        var name: String
        var value: Double
    }

    private static let records = [Record(name: "a\nb", value: 0.1), Record(name: "\u{e9}", value: 2)]

    @Test("Records are there as soon as they are added, and again for the next run")
    func grows() throws {
        try withTemporaryFolder { (folder: URL) throws in
            let url = folder.appending(path: "log.jsonl")
            let log = try RecordLog<Record>(url)
            for (index, record) in Self.records.enumerated() {
                try log.append(record)
                #expect(try RecordLog<Record>(url).records == Array(Self.records[...index]))
            }
            try RecordLog<Record>(url).append(Self.records[0])
            #expect(try String(contentsOf: url, encoding: .utf8).split(separator: "\n").count == 3)
        }
    }

    @Test("A line without an end is cut off, wherever the write was killed")
    func torn() throws {
        try withTemporaryFolder { (folder: URL) throws in
            let url = folder.appending(path: "log.jsonl")
            let log = try RecordLog<Record>(url)
            for record in Self.records { try log.append(record) }
            let bytes = try Data(contentsOf: url)
            for count in 0..<bytes.count {
                try bytes.prefix(count).write(to: url)
                let whole = bytes.prefix(count).count { $0 == UInt8(ascii: "\n") }
                let log = try RecordLog<Record>(url)
                #expect(log.records == Array(Self.records.prefix(whole)))
                for record in Self.records.dropFirst(whole) { try log.append(record) }
                #expect(try Data(contentsOf: url) == bytes)
            }
        }
    }

    @Test("A line that is no record is named, and nothing is lost")
    func damaged() throws {
        try withTemporaryFolder { (folder: URL) throws in
            let url = folder.appending(path: "log.jsonl")
            let text = #"{"name": "a", "value": 1}"# + "\n" + #"{"name": "a"}"# + "\n"
            try Data(text.utf8).write(to: url)
            let error = #expect(throws: DatasetError.self) { try RecordLog<Record>(url) }
            #expect(error?.place == "line 2" && error?.found.contains("value") == true)
            #expect(try String(contentsOf: url, encoding: .utf8) == text)
            #expect(throws: DatasetError.self) {
                try RecordLog<Record>(folder.appending(path: "missing/log.jsonl")).append(Self.records[0])
            }
        }
    }
}
