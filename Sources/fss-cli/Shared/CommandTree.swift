internal import ArgumentParser
internal import Foundation

/// The names of all commands and options, as the argument parser describes them.
struct CommandTree: Decodable {
    private struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }
        var names: [Name]?
    }

    private struct Dump: Decodable { var command: CommandTree }

    /// The word that calls the command.
    let commandName: String
    private let subcommands: [CommandTree]?
    private let defaultSubcommand: String?
    private let arguments: [Argument]?

    /// The tree of `fss`; nil when the parser does not describe itself.
    static var fss: CommandTree? {
        do {
            _ = try FSS.parseAsRoot(["--experimental-dump-help"])
            return nil
        } catch {
            return try? JSONDecoder().decode(Dump.self, from: Data(FSS.fullMessage(for: error).utf8)).command
        }
    }

    /// The commands below, without the parser's own.
    var commands: [CommandTree] { (subcommands ?? []).filter { $0.commandName != "help" } }

    /// What is meant where no subcommand is named.
    var standard: CommandTree? { commands.first { $0.commandName == defaultSubcommand } }

    /// Long names with two hyphens, short ones with one.
    var options: Set<String> {
        let names = (arguments ?? []).flatMap { $0.names ?? [] }
        return Set(names.map { $0.kind == "long" ? "--\($0.name)" : "-\($0.name)" }).union(["--help", "-h", "--version"])
    }
}
