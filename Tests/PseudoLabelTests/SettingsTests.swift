internal import Datasets
internal import Diffusion
internal import Foundation
@testable internal import PseudoLabel
internal import SegModels
internal import TensorCore
internal import Testing

@Suite("Settings of Syn4Seg")
struct SettingsTests {
    @Test("Keys without a value are printed, and can be set")
    func nullable() throws {
        #expect(try GFSSSettings().printed().contains(#""side":null"#))
        let settings = try GFSSSettings().changed(byFile: nil, assignments: ["training.augmentation.side=64"])
        #expect(settings.training.augmentation.side == 64)
        #expect(try settings.changed(byFile: nil, assignments: ["training.augmentation.side=null"]) == GFSSSettings())
        let prompts = try PromptStage.Settings().changed(byFile: nil, assignments: ["chat.temperature=0.5"])
        #expect(prompts.chat.temperature == 0.5)
        let images = try GenerationSettings().changed(byFile: nil, assignments: ["server.model=painter"])
        #expect(images.server.model == "painter")
        let sentences = ["training.augmentation.side=3", "training.augmentation.side=wide"]
        for sentence in sentences {
            #expect(throws: ConfigurationError.self) { try GFSSSettings().changed(byFile: nil, assignments: [sentence]) }
        }
    }

    @Test("A network's canvas is the convention's, key by key another; novel classes take the network's")
    func canvas() throws {
        for convention in GFSSConvention.named { #expect(GFSSSettings().canvas(of: convention) == convention.canvas) }
        let changed = try GFSSSettings().changed(
            byFile: nil, assignments: ["canvasPadding=mean", "canvasMultiple=1", "training.augmentation.side=128"])
        #expect(changed.canvas(of: .diam) == PhotoCanvas(side: 128))
        let padded = try GFSSSettings().changed(byFile: nil, assignments: ["canvasPadding=mean"])
        #expect(padded.canvas(of: .diam) == PhotoCanvas(side: 417, multiple: 8, padding: .mean))
        #expect(try padded.changed(byFile: nil, assignments: ["canvasPadding=null"]) == GFSSSettings())
        for sentence in ["canvasPadding=white", "canvasMultiple=0", "canvasMultiple=300"] {
            #expect(throws: ConfigurationError.self) { try GFSSSettings().changed(byFile: nil, assignments: [sentence]) }
        }
        var novel = GFSSSettings.novel
        novel.canvasPadding = .black
        let plan = GFSSNovelPlan(
            dataset: DatasetChoice("shapes5i"), convention: .diam, base: "/nowhere", supportSeed: 1, settings: novel)
        let error = #expect(throws: RunError.self) { try plan.validate() }
        #expect("\(error as Any)".contains("canvasPadding"))
        var drawn = plan
        #expect(throws: RunError.self) { try drawn.move(base: nil, supports: "list", synthetic: []) }
        var convention = GFSSConvention.diam
        convention.canvas.side = 1 << 40
        let base = GFSSBasePlan(
            dataset: DatasetChoice("shapes5i"), convention: convention, backbone: BackboneChoice(name: "tiny", weights: "none"))
        #expect(throws: RunError.self) { try base.validate() }
    }

    @Test("The classifier's rule is set key by key; a scale belongs to cosines")
    func rule() throws {
        let settings = try GFSSSettings().changed(byFile: nil, assignments: ["rule.kind=cosine", "rule.scale=15"])
        #expect(settings.rule == .cosine(scale: 15))
        let again = try JSONDecoder().decode(GFSSSettings.self, from: JSONEncoder().encode(settings))
        #expect(again == settings)
        for assignments in [["rule.scale=15"], ["rule.kind=euclid"], ["rule.kind=cosine", "rule.scale=0"]] {
            let error = #expect(throws: ConfigurationError.self) {
                try GFSSSettings().changed(byFile: nil, assignments: assignments)
            }
            #expect("\(error as Any)".contains("rule"))
        }
    }

    @Test("Images that are there have no prompts to compare")
    func rows() throws {
        var plan = Syn4SegReproduction(dataset: DatasetChoice("shapes5i"), convention: .capl, backbones: [])
        #expect(plan.variants.map(\.id) == ["base", "supports", "class-names", "initial", "filtered", "relabelled", "refined"])
        for generator in [GeneratorChoice.photos, .folder("made")] {
            plan.generator = generator
            #expect(!plan.variants.contains { $0.id == "class-names" || $0.synthetic?.images == .bank })
            #expect(plan.variants.count == 6)
        }
        plan.diffUp = .shipped
        #expect(plan.variants.map(\.id).suffix(2) == ["diffup-initial", "diffup-refined"])
    }
}
