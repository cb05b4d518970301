import Foundation
import Testing

/// A terminal of a given width without a window: what a program writes into it, and what a person would see.
final class PseudoTerminal {
    private let leader: Int32
    private let follower: Int32

    /// - Parameter columns: the width; 0 for a terminal that does not know it.
    init(columns: Int) {
        var (opened, other) = (Int32(-1), Int32(-1))
        #expect(openpty(&opened, &other, nil, nil, nil) == 0)
        (leader, follower) = (opened, other)
        // The child must not hold the end that is read here.
        _ = fcntl(leader, F_SETFD, FD_CLOEXEC)
        resize(columns: columns)
    }

    deinit { close(leader) }

    /// Gives the window another width.
    func resize(columns: Int) {
        var size = winsize(ws_row: columns == 0 ? 0 : 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(leader, UInt(TIOCSWINSZ), &size)
    }

    /// Runs the tool with standard error, and on demand standard output, in this terminal; a terminal serves one run.
    ///
    /// - Parameters:
    ///   - environment: changes; nil removes a variable.
    ///   - heard: called with everything that was written so far, whenever something was.
    func run(
        _ arguments: [String], in folder: URL, environment: [String: String?] = [:], showsOutput: Bool = false,
        heard: (String) -> Void = { _ in }
    ) throws -> (code: Int32, text: String) {
        let process = Process()
        process.executableURL = CommandLineTool.executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        var variables = ProcessInfo.processInfo.environment.merging(CommandLineTool.environment) { $1 }
        variables["TERM"] = "xterm"
        variables["COLUMNS"] = nil
        for (name, value) in environment { variables[name] = value }
        process.environment = variables
        let stream = FileHandle(fileDescriptor: follower, closeOnDealloc: false)
        process.standardError = stream
        process.standardOutput = showsOutput ? stream : FileHandle.nullDevice
        try process.run()
        // Reading ends when the last holder of the other end is gone.
        close(follower)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(leader, &buffer, buffer.count)
            if count <= 0 { break }
            bytes += buffer.prefix(count)
            heard(String(decoding: bytes, as: UTF8.self))
        }
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}

/// What a terminal shows after a text: it begins another row at a line end and behind the last column, goes back to the first column
/// at a carriage return, and clears the rest of the row at `ESC [ K`.
struct Screen {
    private(set) var rows: [String] = [""]

    /// - Parameter width: of one character.
    init(_ text: String, columns: Int, width: (Character) -> Int) {
        var cells: [(character: Character, start: Int)] = []
        var cursor = 0
        let characters = Array(text.replacing("\r\n", with: "\n"))
        var index = 0
        while index < characters.count {
            let character = characters[index]
            index += 1
            switch character {
            case "\n":
                rows.append("")
                (cells, cursor) = ([], 0)
            case "\r":
                cursor = 0
            case "\u{1B}":
                // The only sequence that the tool writes: clear to the end of the row.
                guard characters[index...].prefix(2) == ["[", "K"] else {
                    Issue.record("an unknown escape sequence")
                    return
                }
                index += 2
                cells.removeAll { $0.start >= cursor }
            default:
                if cursor + width(character) > columns {
                    rows.append("")
                    (cells, cursor) = ([], 0)
                }
                cells.removeAll { $0.start == cursor }
                cells.append((character, cursor))
                cursor += width(character)
            }
            rows[rows.count - 1] = String(cells.sorted { $0.start < $1.start }.map(\.character))
        }
    }
}
