internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// A miniature's networks: those of earlier stages as their folder has them, those of the plan's stage new.
struct MiniatureNetworks {
    let autoencoder: LatentAutoencoder
    let unet: LatentUNet?
    let tower: CLIPTextTower?
    let control: ControlNet?
    /// The vocabulary of captions.
    let merges: String
    let tokenizer: CLIPTokenizer
    /// What identifies the weights of the stages before.
    let baseDigest: String?

    init(_ plan: MiniaturePlan) throws {
        let root = ParameterScope(seed: plan.settings.training.seed)
        merges = CaptionVocabulary.merges(for: CaptionedScenes.words)
        tokenizer = CLIPTokenizer(try BytePairVocabulary(merges: merges.utf8, source: "the captions' vocabulary"))
        let base = plan.base.map { URL(fileURLWithPath: $0) }
        switch plan.stage {
        case .autoencoder:
            autoencoder = try LatentAutoencoder(root["vae"], plan.settings.shape.autoencoder)
            (unet, tower, control, baseDigest) = (nil, nil, nil, nil)
        case .denoiser:
            autoencoder = try TextToImage.autoencoder(base.unwrapped(plan).appendingPathComponent("vae"))
            try Self.check(autoencoder, plan)
            (unet, tower) = try Self.denoiser(root, plan.settings.shape, tokenizer)
            (control, baseDigest) = (nil, TextToImage.weightsDigest([autoencoder]))
        case .control:
            let model = try TextToImage.load(base.unwrapped(plan), precision: plan.precision)
            autoencoder = model.autoencoder
            try Self.check(autoencoder, plan)
            guard let prompts = model.prompts as? PromptStates, let own = model.unet else {
                throw Self.mismatch(plan, found: "a model of version 3")
            }
            // Folders of earlier versions do not say the size of their pictures.
            var shape = own.configuration
            shape.sampleSize = shape.sampleSize ?? plan.settings.shape.denoiser.sampleSize
            guard shape == plan.settings.shape.denoiser else {
                throw Self.mismatch(plan, found: "a denoiser of channels \(shape.channels) for \(Self.size(shape))")
            }
            baseDigest = try model.digest
            // In float32, as what is trained has to be; the folder's types are kept by what is loaded from it.
            (unet, tower) = try Self.denoiser(root, plan.settings.shape, tokenizer)
            try unet?.load(own.stateDict())
            try tower?.load(prompts.tower.stateDict())
            control = try ControlNet(root["control"], plan.settings.shape.control)
            // As published: a copy of the denoiser's way down, joined by convolutions of zeros.
            try control?.load(own.stateDict(), options: [.allowsMissing, .allowsUnexpected])
        }
        if plan.stage != .autoencoder { autoencoder.freeze() }
        if plan.stage == .control, !plan.settings.training.trainsDenoiser {
            unet?.freeze()
            tower?.freeze()
        }
    }

    /// A new denoiser with its text tower.
    private static func denoiser(
        _ root: ParameterScope, _ shape: MiniatureShape, _ tokenizer: CLIPTokenizer
    ) throws -> (LatentUNet, CLIPTextTower) {
        (
            try LatentUNet(root["unet"], shape.denoiser),
            try CLIPTextTower(root["text"], shape.text(vocabulary: tokenizer.vocabulary.count))
        )
    }

    /// What trains the plan's stage.
    func learner(_ plan: MiniaturePlan, _ scenes: CaptionedScenes, _ latents: SceneLatents?) throws -> any Learner {
        guard let latents, let unet, let tower else { return AutoencoderLearner(autoencoder, scenes, plan) }
        let task = LatentTask(
            scenes: scenes, latents: latents, tokenizer: tokenizer, shape: plan.settings.shape, training: plan.settings.training)
        guard let control else {
            return DenoiserLearner(unet: unet, tower: tower, task: task, precision: plan.precision, settings: plan.deciding)
        }
        return ControlLearner(
            control: control, unet: unet, tower: tower, task: task, precision: plan.precision, settings: plan.deciding,
            hint: SceneHints.picture)
    }

    /// Writes all stages so far.
    func save(_ plan: MiniaturePlan, scale: Float, to folder: DiffusersFolder) throws {
        try folder.write(autoencoder, scale: scale)
        guard let unet, let tower else { return }
        try folder.write(
            unet, tower: tower, merges: merges, schedule: LatentTask.schedule,
            sampleSize: plan.settings.shape.denoiser.sampleSize)
        if let control { try folder.write(control) }
    }

    private static func check(_ found: LatentAutoencoder, _ plan: MiniaturePlan) throws {
        let shape = found.configuration
        guard shape.channels == plan.settings.shape.autoencoderChannels,
            shape.latentChannels == plan.settings.shape.latentChannels
        else {
            throw mismatch(plan, found: "an autoencoder of channels \(shape.channels) and \(shape.latentChannels) of latents")
        }
    }

    private static func size(_ shape: UNetConfiguration) -> String {
        shape.sampleSize.map { "latents of \($0.width)x\($0.height)" } ?? "latents of any size"
    }

    private static func mismatch(_ plan: MiniaturePlan, found: String) -> RunError {
        .file(
            plan.base ?? "", found: found, expected: "the sizes of the plan",
            advice: "give the same shape.* settings as for the stage before")
    }
}

extension Optional<URL> {
    fileprivate func unwrapped(_ plan: MiniaturePlan) throws(RunError) -> URL {
        guard let self else { throw RunError.setting("base", found: "none", expected: "the model of the stage before") }
        return self
    }
}
