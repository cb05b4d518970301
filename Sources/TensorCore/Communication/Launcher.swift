internal import Foundation

/// What started this process, as its environment tells.
public struct Launcher: Sendable, Hashable {
    /// Its command.
    public var name: String
    /// Processes that it started; nil where it does not say.
    public var size: Int?

    /// Names a launcher.
    public init(name: String, size: Int?) {
        self.name = name
        self.size = size
    }

    /// The launcher of an environment; nil for a process that was started as usual.
    ///
    /// `srun` is known by its step's variables: those of the job are also there in a batch script, which is one process.
    public init?(_ environment: [String: String]) {
        func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
        if let size = number("OMPI_COMM_WORLD_SIZE") {
            self.init(name: "mpirun", size: size)
        } else if let size = number("PMI_SIZE") {
            self.init(name: environment["SLURM_STEP_ID"] == nil ? "mpiexec" : "srun", size: size)
        } else if let size = number("SLURM_STEP_NUM_TASKS"), environment["SLURM_PROCID"] != nil {
            self.init(name: "srun", size: size)
        } else if environment["PMIX_RANK"] != nil {
            self.init(name: "the launcher", size: nil)
        } else {
            return nil
        }
    }

    /// The launcher of this process.
    public static var current: Launcher? { Launcher(ProcessInfo.processInfo.environment) }

    /// Joins the ranks that the launcher started; one process that nobody or a launcher started alone needs no MPI.
    ///
    /// - Parameter launcher: what started this process.
    /// - Throws: ``CommunicationError/notBuilt(size:launcher:)`` where this build cannot, and what MPI says.
    public static func communicator(_ launcher: Launcher? = current) throws(CommunicationError) -> any Communicator {
        guard let launcher, launcher.size != 1 else { return SingleProcess() }
        guard MPICommunicator.isBuilt else { throw .notBuilt(size: launcher.size, launcher: launcher.name) }
        let environment = ProcessInfo.processInfo.environment
        let silence = environment["FSS_MPI_SILENCE"].flatMap { Int($0) } ?? 20
        return try MPICommunicator(silence: min(max(silence, 2), 3600))
    }
}
