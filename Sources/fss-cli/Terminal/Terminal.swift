internal import Foundation

/// A stream that is shown in a terminal.
struct Terminal: Sendable {
    private let descriptor: Int32

    /// Standard output, where it is a terminal.
    static var standardOutput: Terminal? { Terminal(FileHandle.standardOutput.fileDescriptor) }

    /// Standard error, where it is a terminal.
    static var standardError: Terminal? { Terminal(FileHandle.standardError.fileDescriptor) }

    private init?(_ descriptor: Int32) {
        guard isatty(descriptor) == 1 else { return nil }
        self.descriptor = descriptor
    }

    /// The width of the moment, so that what is drawn follows the window: the terminal's own answer, else `COLUMNS`, else 80.
    var columns: Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 { return Int(size.ws_col) }
        let variable = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 0
        return variable > 0 ? variable : 80
    }

    /// Whether the terminal says that it understands escape sequences.
    var takesEscapes: Bool { !["", "dumb"].contains(ProcessInfo.processInfo.environment["TERM"] ?? "") }
}
