internal import Dispatch
internal import Foundation
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The signs of life of a lock's owner, for other machines: they do not see its process, and on many file systems not its lock either.
///
/// The file's date moves on while the owner runs. Dates are compared with one another alone, so that clocks may differ.
final class LockPulse: Sendable {
    /// Seconds between two signs.
    static let interval = 2.0
    /// Seconds without a sign after which an owner is taken for gone: several are missed, as network file systems are late at times.
    static let patience = 15.0

    private final class State: Sendable {
        let isLost = Atomic(false)
    }

    private let state = State()
    private let timer: Mutex<any DispatchSourceTimer>

    /// Gives signs until ``stop()``.
    ///
    /// - Parameters:
    ///   - url: a file that this process has locked.
    ///   - isTaken: whether the file belongs to somebody else by now, as it may after this process stood still.
    init(_ url: URL, interval: Double = LockPulse.interval, isTaken: @escaping @Sendable () -> Bool) {
        // A descriptor of its own: one that shares the lock would hold it for as long as the timer has it.
        let descriptor = open(url.path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "fss.lock"))
        timer.schedule(deadline: .now() + interval, repeating: interval)
        timer.setEventHandler { [state] in
            if isTaken() { return state.isLost.store(true, ordering: .relaxed) }
            if descriptor >= 0 { futimens(descriptor, nil) }
        }
        timer.setCancelHandler { if descriptor >= 0 { close(descriptor) } }
        timer.resume()
        self.timer = Mutex(timer)
    }

    /// Whether somebody else took the file.
    var isLost: Bool { state.isLost.load(ordering: .relaxed) }

    /// Gives no further sign.
    func stop() { timer.withLock { $0.cancel() } }

    /// Whether a file's date stands still.
    static func isSilent(_ url: URL, for seconds: Double) -> Bool {
        let first = date(url)
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            Thread.sleep(forTimeInterval: min(seconds / 20, 0.5))
            if date(url) != first { return false }
        }
        return true
    }

    /// When a file was changed: it is opened, as network file systems ask their server then; nil where it is gone.
    private static func date(_ url: URL) -> Date? {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        #if canImport(Darwin)
        let time = status.st_mtimespec
        #else
        let time = status.st_mtim
        #endif
        return Date(timeIntervalSince1970: Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9)
    }
}
