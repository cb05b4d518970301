internal import Foundation
internal import Synchronization

/// Ctrl-C and SIGTERM: the task of the command is cancelled. Work stops between two steps, so that files are whole.
enum Interruption {
    private static let requests = Atomic(0)

    /// Takes both signals over, also where whoever started the process has them blocked. A second one ends the process at once.
    static func install() {
        // The handler may only touch a global that is already initialised.
        _ = requests.load(ordering: .relaxed)
        var taken = sigset_t()
        sigemptyset(&taken)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&taken, number)
            signal(number) { _ in
                if Interruption.requests.add(1, ordering: .relaxed).oldValue > 0 { _exit(130) }
            }
        }
        pthread_sigmask(SIG_UNBLOCK, &taken, nil)
    }

    /// Calls `stop` when the user wants to stop, on a thread of its own: all others may be computing.
    static func watch(_ stop: @escaping @Sendable () -> Void) {
        Thread.detachNewThread {
            while requests.load(ordering: .relaxed) == 0 { usleep(50_000) }
            stop()
        }
    }
}

/// The user stopped the command; the process ends with code 130.
struct Interrupted: Error {
    /// How to go on.
    var advice = ""
}
