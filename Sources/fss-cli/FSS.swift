internal import ArgumentParser
internal import Datasets
internal import Foundation
internal import PseudoLabel

/// The root command. It parses, runs one subcommand and turns errors into one line and an exit code: 0 is success, 1 an
/// error, 64 wrong usage, 130 an interruption.
@main
struct FSS: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fss",
        abstract: "Few-shot segmentation: show one annotated photo of a thing, find it in others.",
        discussion: """
            Start here:
              fss demo
              fss predict --support cup.jpg --mask cup.png --query kitchen.jpg \\
                  --out found
              fss train --dataset shapes5i --fold 0 --backbone net.safetensors \\
                  --out runs/shapes0
              fss evaluate --dataset shapes5i --fold 0 --backbone net.safetensors \\
                  --checkpoint runs/shapes0/model.safetensors --out runs/score0

            Every run writes a folder with manifest.json, which says all that is needed to get the same result again.

            Completions: fss --generate-completion-script bash|zsh|fish
            """,
        version: ComputeSettings.libraryVersion,
        subcommands: [
            Demo.self, ConceptCommand.self, Predict.self, Serve.self, Train.self, Evaluate.self, Compare.self, GFSSCommand.self,
            SynthCommand.self, Refine.self,
            Generate.self,
            Reproduce.self,
            DataCommand.self, Weights.self, Bench.self,
        ])

    /// The words after the command's name, for manifests.
    static let arguments = Array(CommandLine.arguments.dropFirst())

    static func main() async {
        Interruption.install()
        AuxiliaryChoice.register()
        let work = Task.detached {
            var command = try parsedCommand()
            try Session.join(for: command)
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
            try Session.ranks.finish()
        }
        Interruption.watch { work.cancel() }
        do {
            do {
                try await work.value
            } catch {
                Session.end(with: error)
                throw error
            }
        } catch let error as Interrupted {
            Console.standardError("\nInterrupted. \(error.advice)".trimmingCharacters(in: .whitespaces))
            Foundation.exit(130)
        } catch is CancellationError {
            Console.standardError("\nInterrupted.")
            Foundation.exit(130)
        } catch let error as Misspelling {
            Console.standardError("Error: \(error)")
            Foundation.exit(ExitCode.validationFailure.rawValue)
        } catch let error as RunError where error.isUsage {
            exit(withError: ValidationError(error.description))
        } catch {
            exit(withError: error)
        }
    }
    /// The command of the command line.
    ///
    /// - Throws: ``Misspelling`` for an unknown name, else what the argument parser throws.
    private static func parsedCommand() throws -> any ParsableCommand {
        let words = try CommandWords.prepared(arguments)
        do {
            return try parseAsRoot(words)
        } catch {
            guard exitCode(for: error) == .validationFailure, let tree = CommandTree.fss else { throw error }
            throw Misspelling(in: words, of: tree) ?? error
        }
    }
}
