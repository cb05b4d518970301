internal import ArgumentParser
internal import PseudoLabel

/// Where prompts come from.
struct ProposerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Prompts of your own, one a line, {} where the class's name goes.", valueName: "file"))
    var promptFile: String?

    @Option(help: ArgumentHelp("A chat endpoint, the address before /chat/completions.", valueName: "url"))
    var chat: String?

    @Option(help: ArgumentHelp("The endpoint's model.", valueName: "name"))
    var chatModel: String?

    @Option(help: ArgumentHelp("The environment variable with the endpoint's key.", valueName: "variable"))
    var chatKey: String?

    @Flag(help: "One prompt a class, its name alone: what a bank is compared with.")
    var classNameOnly = false

    func validate() throws {
        if [promptFile != nil, chat != nil, classNameOnly].count(where: { $0 }) > 1 {
            throw ValidationError("--prompt-file, --chat and --class-name-only exclude each other.")
        }
        if chat == nil && (chatModel != nil || chatKey != nil) {
            throw ValidationError("--chat-model and --chat-key belong to --chat.")
        }
        if chat != nil && chatModel == nil { throw ValidationError("--chat needs --chat-model <name>.") }
    }

    /// The choice.
    var choice: ProposerChoice {
        get throws {
            if let promptFile { return .file(promptFile) }
            if let chat, let chatModel { return .chat(base: chat, model: chatModel, keyVariable: chatKey) }
            return classNameOnly ? .className : .grammar
        }
    }
}
