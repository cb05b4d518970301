import Datasets
import Foundation
import Testing

/// What is shown in a terminal, tried in one without a window.
@Suite("Terminal") struct TerminalTests {
    private static let evaluate = [
        "evaluate", "--images-per-class", "2", "--episodes", "40", "--pictures", "3", "--backbone", "net.safetensors",
        "--checkpoint", "model.safetensors", "--out", "out", "--force",
    ]

    /// Parts of that work, each with a row of its own: a threshold, two baselines, the decoder, pictures.
    private static let parts = 5

    /// East Asian characters take two columns, as names in these tests have them.
    private static func width(_ character: Character) -> Int {
        character.unicodeScalars.contains { (0x3000...0xD7A3).contains($0.value) } ? 2 : 1
    }

    private func rows(_ text: String, _ columns: Int) -> [String] {
        var rows = Screen(text, columns: columns, width: Self.width).rows
        if rows.last?.isEmpty == true { rows.removeLast() }
        return rows
    }

    @Test("Every part of an evaluation leaves one row, however narrow the terminal", arguments: [20, 40, 80, 200])
    func evaluation(_ columns: Int) throws {
        let fixture = try Fixture(backboneName: "網路-网络-ネットワーク-신경망")
        let terminal = PseudoTerminal(columns: columns)
        let (code, text) = try terminal.run(Self.evaluate, in: fixture.folder.url)
        #expect(code == 0, "\(text)")
        let rows = rows(text, columns)
        #expect(rows.count == Self.parts, "\(rows)")
        #expect(rows.allSatisfy { $0.contains("/") && $0.reduce(0) { $0 + Self.width($1) } < columns }, "\(rows)")
        #expect(text.components(separatedBy: "\u{1B}[K").count > Self.parts)
        if columns == 200 { #expect(rows.allSatisfy { $0.hasPrefix("[####") && $0.contains("網路-网络-ネットワーク-신경망") }) }
    }

    @Test("Every part of a training leaves one row, and the losses are drawn as wide as there is room", arguments: [20, 80])
    func training(_ columns: Int) throws {
        let fixture = try Fixture()
        let terminal = PseudoTerminal(columns: columns)
        let (code, text) = try terminal.run(
            [
                "train", "backbone", "--images-per-class", "2", "--steps", "6", "--batch-size", "2", "--image-size", "32",
                "--out",
                "net",
            ], in: fixture.folder.url)
        #expect(code == 0, "\(text)")
        let drawn = rows(text, columns).filter { $0.contains("/6") }
        #expect(drawn.count == 1, "\(text)")
        #expect(text.contains("\r\u{1B}[K"))
        let curve = rows(text, columns).filter { $0.contains { "▁▂▃▄▅▆▇█".contains($0) } }
        #expect((1...6).contains(curve.count) && curve.allSatisfy { $0.count < columns }, "\(text)")
    }

    @Test("What is drawn follows a window that becomes narrower")
    func resized() throws {
        let fixture = try Fixture()
        let terminal = PseudoTerminal(columns: 120)
        var isNarrow = false
        var before = 0
        let arguments = Self.evaluate + ["--episodes", "400", "--baselines", "contrast", "--image-size", "64"]
        let (code, text) = try terminal.run(
            arguments.filter { !["--checkpoint", "model.safetensors"].contains($0) }, in: fixture.folder.url
        ) { text in
            if isNarrow || !text.contains("\u{1B}[K") { return }
            (isNarrow, before) = (true, text.count)
            terminal.resize(columns: 30)
        }
        #expect(code == 0, "\(text)")
        // What was on its way when the window changed is as wide as before.
        let later = text.dropFirst(before).components(separatedBy: "\r\u{1B}[K").dropFirst(2)
        #expect(!later.isEmpty && later.allSatisfy { $0.trimmingCharacters(in: .whitespacesAndNewlines).count < 30 }, "\(later)")
    }

    @Test("A terminal without escape sequences gets plain lines", arguments: ["dumb", "", nil])
    func plain(_ type: String?) throws {
        let fixture = try Fixture()
        let (code, text) = try PseudoTerminal(columns: 80).run(
            Self.evaluate, in: fixture.folder.url, environment: ["TERM": type])
        #expect(code == 0, "\(text)")
        #expect(!text.contains("\u{1B}") && !text.replacing("\r\n", with: "\n").contains("\r"))
        #expect(text.split(separator: "\r\n").count >= Self.parts, "\(text)")
    }

    @Test("COLUMNS is the width where the terminal does not know its own, and only there", arguments: [(0, 34), (60, 60)])
    func variable(_ columns: Int, _ expected: Int) throws {
        let fixture = try Fixture()
        let (code, text) = try PseudoTerminal(columns: columns).run(
            Self.evaluate, in: fixture.folder.url, environment: ["COLUMNS": "34"])
        #expect(code == 0)
        let drawn = text.components(separatedBy: "\r\u{1B}[K").dropFirst().map {
            $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        #expect(drawn.allSatisfy { $0.count < expected } && drawn.contains { $0.count > expected - 26 }, "\(drawn)")
    }

    @Test("Tables fit the terminal: names lose their middle, figures nothing, and East Asian names keep the columns")
    func tables() throws {
        let fixture = try Fixture()
        let photo = try Data(contentsOf: fixture.folder.url.appendingPathComponent("query.png"))
        let names = ["照片-東京タワー-서울-夜景", "a", "a-photo-with-a-name-that-is-longer-than-anybody-would-like-to-see-in-a-table"]
        for name in names { try photo.write(to: fixture.folder.url.appendingPathComponent("\(name).png")) }
        let columns = 72
        let (code, text) = try PseudoTerminal(columns: columns).run(
            ["predict", "--support", "photo.jpg", "--mask", "mask.png", "--out", "out", "-q", "--query"]
                + names.map { fixture.folder["\($0).png"] } + fixture.model, in: fixture.folder.url, showsOutput: true)
        #expect(code == 0, "\(text)")
        let lines = text.split(separator: "\r\n").map(String.init).prefix(2 + names.count)
        let widths = lines.map { $0.reduce(0) { $0 + Self.width($1) } }
        #expect(Set(widths).count == 1 && (widths.first ?? 0) <= columns, "\(text)")
        #expect(lines.dropFirst(2).allSatisfy { $0.contains(" %") }, "\(text)")
        #expect(lines.last?.contains("...") ?? false, "\(text)")
    }

    @Test("To a pipe names have a limit, JSON and CSV are whole")
    func pipe() throws {
        let name = "network-" + String(repeating: "long-", count: 30) + "name"
        let fixture = try Fixture(backboneName: name)
        let arguments = [
            "evaluate", "--images-per-class", "2", "--episodes", "5", "--backbone", "net.safetensors", "--baselines", "contrast",
            "--image-size", "64", "--out", "out", "--force", "-q",
        ]
        let table = try fixture.run(arguments)
        #expect(table.code == 0 && table.output.contains("network-long-") && !table.output.contains(name), "\(table.errors)")
        #expect(try fixture.run(arguments + ["--json"]).output.contains(name))
        #expect(try String(contentsOfFile: fixture.folder["out/matrix.csv"], encoding: .utf8).contains(name))
    }
}
