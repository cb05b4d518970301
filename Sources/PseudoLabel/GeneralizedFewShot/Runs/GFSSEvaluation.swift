public import Datasets
internal import Foundation
public import TensorCore

extension GeneralizedScoring {
    /// The command that evaluates networks, as manifests name it.
    public static let evaluationCommand = "gfss evaluate"

    /// Evaluates networks that `fss gfss train` wrote; ``predictions`` names their files.
    ///
    /// - Parameters:
    ///   - folder: for the results.
    ///   - precision: the type of activations.
    ///   - arguments: the words of a command line, for the manifest.
    ///   - observe: hears of progress.
    /// - Throws: as ``run(in:command:arguments:checkpoints:networks:observe:)``, and what is wrong with a network's file.
    public func evaluate(
        in folder: RunFolder, precision: Precision = .float32, arguments: [String] = [], observe: RunObserver = { _ in }
    ) async throws -> GeneralizedReport {
        let files = folds.flatMap { fold in seeds.map { place(fold: fold, seed: $0) } }
        let records = try Set(files).sorted { $0.path < $1.path }.map { try FileRecord($0) }
        return try await run(
            in: folder, command: Self.evaluationCommand, arguments: arguments, checkpoints: records,
            networks: { file, view in
                let network = try GFSSNetwork.load(contentsOf: file, precision: precision)
                let strangers = Set(network.classIDs).subtracting(view.classIDs)
                guard strangers.isEmpty else {
                    throw RunError.file(
                        file.path, found: "the classes \(strangers.sorted())", expected: "those of the dataset",
                        advice: "check --model and --dataset")
                }
                network.freeze()
                return network
            }, observe: observe)
    }
}
