package import Foundation
internal import TensorCore

extension RunManifest {
    /// Reads the manifest of a run that is continued.
    ///
    /// - Parameters:
    ///   - folder: of the run.
    ///   - command: whose run it has to be.
    ///   - ranks: who reads it: the first rank does, and tells the others.
    /// - Throws: ``RunError`` for a folder without a manifest, another command's run, and fields that cannot be read.
    public init(of folder: RunFolder, command: String, ranks: RunRanks = .alone) throws(RunError) {
        let file = folder.url.appendingPathComponent(RunFolder.manifestName)
        let expected = "the manifest of `fss \(command)`"
        do {
            let data = try ranks.communicator.shared(Data(contentsOf: file))
            let found = try RunJSON.decode(ManifestHead.self, from: data).command
            guard found == command else {
                throw RunError.file(file.path, found: "a run of `fss \(found)`", expected: expected, advice: "check --resume")
            }
            self = try RunJSON.decode(RunManifest.self, from: data)
        } catch let error as RunError {
            throw error
        } catch let error as CommunicationError {
            throw .conflict("\(error)")
        } catch let error as DecodingError {
            let (key, reason) = error.placeAndReason
            throw .file(file.path, found: "\(key) \(reason)", expected: expected, advice: "check --resume")
        } catch {
            throw .unreadable(file.path, error, expected: expected, advice: "check --resume")
        }
    }

    /// Whether a folder has a run that came to its end; nothing is taken, so that several processes may ask at once.
    package static func isFinished(_ folder: URL, command: String) -> Bool {
        // A manifest that cannot be read is told by whoever takes the folder.
        (try? RunManifest(of: RunFolder(following: folder), command: command))?.status == "finished"
    }

    /// Refuses to go on with other settings than a run began with, which its folder's manifest has.
    ///
    /// - Throws: ``RunError`` for other settings, and as ``init(of:command:)``.
    package static func requireSame(
        _ settings: Settings, as folder: RunFolder, command: String, ranks: RunRanks = .alone
    ) throws(RunError) where Settings: Equatable {
        guard try RunManifest(of: folder, command: command, ranks: ranks).settings != settings else { return }
        throw .file(
            folder.url.path, found: "results of other files or settings", expected: "those of this call",
            advice: "repeat the call that began it, or start a new run")
    }

    /// Refuses to go on with other files than the run began with; their places may differ.
    ///
    /// - Parameter earlier: the manifest of the run so far.
    /// - Throws: ``RunError`` that names the file and its kind.
    public func checkSameFiles(as earlier: RunManifest) throws(RunError) {
        let networks = zip(backbones, earlier.backbones).map { ($0.weights, $0.sha256, $1.sha256) }
        let decoders = zip(checkpoints, earlier.checkpoints).map { ($0.path, $0.sha256, $1.sha256) }
        guard backbones.count == earlier.backbones.count, checkpoints.count == earlier.checkpoints.count else {
            throw .conflict("the run began with another number of backbones or checkpoints; name those or start a new run")
        }
        for (path, found, stored) in networks + decoders where found != stored {
            throw .file(
                path, found: "weights of SHA-256 \(found.prefix(12))...",
                expected: "those that the run began with, \(stored.prefix(12))...", advice: "restore them or start a new run")
        }
    }
}

/// What every manifest says about its run.
private struct ManifestHead: Decodable {
    var command: String
}

extension ComputeRecord {
    /// The settings that give the same bits again. A device or a number of threads that is asked for goes first.
    public func settings(threads: Int? = nil, device: String? = nil) -> ComputeSettings {
        ComputeSettings(precision: precision, seed: seed, threads: threads ?? self.threads, device: device ?? self.device)
    }

    /// What of this process may give other bits than an earlier one, in words; empty where nothing does.
    public func deviations(from earlier: ComputeRecord) -> [String] {
        var pairs = [("library", earlier.libraryVersion, libraryVersion), ("backend", earlier.backend, backend)]
        pairs.append(("threads", "\(earlier.threads)", "\(threads)"))
        pairs.append(("device", earlier.device ?? device ?? "", device ?? ""))
        return pairs.filter { $1 != $2 }.map { "\($0): \($2), the run began with \($1); results may differ in their last bits" }
    }
}
