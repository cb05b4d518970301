internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import Synchronization

/// A command that the processes of a launcher (`mpirun`, `srun`) share. All others run in one process.
protocol RankedCommand: AsyncParsableCommand {}

/// The processes that run this command together.
enum Session {
    private static let joined = Mutex<RunRanks?>(nil)

    /// A process alone, until ``join(for:)`` found others.
    static var ranks: RunRanks { joined.withLock { $0 } ?? .alone }

    /// Joins the processes that a launcher started.
    ///
    /// - Throws: `CommunicationError` where this build cannot, `RunError` for a command that runs in one process.
    static func join(for command: any ParsableCommand) throws {
        guard command is any RankedCommand else {
            return try RunRanks.requireAlone(type(of: command)._commandName)
        }
        let ranks = try RunRanks.started()
        joined.withLock { $0 = ranks }
    }

    /// Ends all processes because this one cannot go on, and says which one and why. Returns in a process that is alone.
    static func end(with error: any Error) {
        let ranks = ranks
        guard ranks.count > 1 else { return }
        var text = "\(ranks.name): \(FSS.message(for: error))"
        var isStopped = error is CancellationError
        if let interruption = error as? Interrupted {
            (text, isStopped) = ("\(ranks.name): interrupted. \(interruption.advice)", true)
        }
        let code: Int32 = isStopped ? 130 : max(FSS.exitCode(for: error).rawValue, 1)
        // The first rank may still be writing what an interruption leaves.
        ranks.fail(code, patience: isStopped ? 20 : 3) {
            if !(error is ExitCode) { Console.standardError((isStopped ? "\n" : "Error: ") + text) }
        }
        Foundation.exit(code)
    }
}

extension Console {
    /// Says what people should know of the processes before they begin.
    func introduce(_ ranks: RunRanks) throws { try ranks.notes().forEach(note) }
}
