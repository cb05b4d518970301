internal import Datasets
internal import Foundation

/// The progress of long work: a bar on a terminal that can draw over a line, a plain line now and then elsewhere.
final class ProgressBar {
    private let console: Console
    /// Where the bar is drawn; nil for plain lines.
    private let terminal = Terminal.standardError.flatMap { $0.takesEscapes ? $0 : nil }
    private let clock = ContinuousClock()
    private var title = ""
    private var last: ContinuousClock.Instant
    private var drawn = false

    init(on console: Console) {
        self.console = console
        last = clock.now
    }

    /// Shows what a run tells; every part gets a line of its own.
    func show(_ event: RunEvent) {
        switch event {
        case .progress(let progress): update(progress)
        case .note(let text):
            finish()
            console.note(text)
        }
    }

    /// Tells how far the work is.
    func update(_ progress: RunProgress) {
        if console.quiet { return }
        let now = clock.now
        if progress.title != title {
            finish()
            (title, last) = (progress.title, now)
        }
        let interval: Duration = terminal == nil ? .seconds(10) : .milliseconds(100)
        guard now - last >= interval || progress.done == progress.total else { return }
        last = now
        guard let terminal else { return Console.standardError(ProgressLine(progress).plain) }
        Console.draw("\r\u{1B}[K" + ProgressLine(progress).drawn(columns: terminal.columns))
        drawn = true
        if progress.done == progress.total { finish() }
    }

    /// Ends the line, so that other text can follow.
    func finish() {
        guard drawn else { return }
        drawn = false
        Console.draw("\n")
    }
}
