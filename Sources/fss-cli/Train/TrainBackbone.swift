internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

/// `fss train backbone`.
struct TrainBackbone: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "backbone", abstract: "Train a small backbone from scratch on the base classes of a fold.")

    func run() throws {}
}
