internal import SegModels
internal import TensorCore

extension UNetConfiguration {
    /// What UNet and ControlNet have in common in their `config.json`.
    var trunk: [String: DiffusersValue] {
        [
            "in_channels": .whole(inputs), "block_out_channels": .wholes(channels), "layers_per_block": .whole(blocks),
            "down_block_types": .texts(attends.map { $0 ? "CrossAttnDownBlock2D" : "DownBlock2D" }),
            // diffusers calls the number of heads so in these models.
            "attention_head_dim": .wholes(heads), "transformer_layers_per_block": .wholes(depths),
            "cross_attention_dim": .whole(contextWidth), "norm_num_groups": .whole(groups), "norm_eps": .single(epsilon),
            "use_linear_projection": .flag(usesLinearProjection), "upcast_attention": .flag(upcastsAttention),
            "flip_sin_to_cos": .flag(!sinesFirst), "freq_shift": .single(frequencyShift), "act_fn": .text("silu"),
        ]
    }

    /// The UNet's `config.json`.
    var diffusers: [String: DiffusersValue] {
        var fields = trunk
        fields["_class_name"] = .text("UNet2DConditionModel")
        fields["out_channels"] = .whole(outputs)
        fields["up_block_types"] = .texts(attends.reversed().map { $0 ? "CrossAttnUpBlock2D" : "UpBlock2D" })
        fields["mid_block_type"] = .text("UNetMidBlock2DCrossAttn")
        if let sampleSize {
            let (height, width) = (sampleSize.height, sampleSize.width)
            fields["sample_size"] = height == width ? .whole(height) : .wholes([height, width])
        }
        return fields
    }
}

extension ControlNetConfiguration {
    /// The ControlNet's `config.json`.
    var diffusers: [String: DiffusersValue] {
        var fields = unet.trunk
        fields["_class_name"] = .text("ControlNetModel")
        fields["conditioning_channels"] = .whole(3)
        fields["conditioning_embedding_out_channels"] = .wholes(hintChannels)
        fields["controlnet_conditioning_channel_order"] = .text(isBlueFirst ? "bgr" : "rgb")
        return fields
    }
}

extension AutoencoderConfiguration {
    /// The autoencoder's `config.json`.
    var diffusers: [String: DiffusersValue] {
        let levels = channels.count
        return [
            "_class_name": .text("AutoencoderKL"), "in_channels": .whole(pictureChannels),
            "out_channels": .whole(pictureChannels), "latent_channels": .whole(latentChannels),
            "block_out_channels": .wholes(channels), "layers_per_block": .whole(blocks), "norm_num_groups": .whole(groups),
            "down_block_types": .texts([String](repeating: "DownEncoderBlock2D", count: levels)),
            "up_block_types": .texts([String](repeating: "UpDecoderBlock2D", count: levels)), "act_fn": .text("silu"),
            "scaling_factor": .single(scale), "shift_factor": .single(shift), "use_quant_conv": .flag(hasQuantizer),
            "use_post_quant_conv": .flag(hasDequantizer),
        ]
    }
}

extension CLIPTextTowerShape {
    /// The text encoder's `config.json`, of transformers.
    var diffusers: [String: DiffusersValue] {
        [
            "architectures": .texts(["CLIPTextModel"]), "model_type": .text("clip_text_model"), "vocab_size": .whole(vocabulary),
            "max_position_embeddings": .whole(context), "hidden_size": .whole(width), "num_hidden_layers": .whole(depth),
            "num_attention_heads": .whole(heads), "intermediate_size": .whole(hidden),
            "hidden_act": .text(activation.rawValue), "layer_norm_eps": .single(epsilon),
            "bos_token_id": .whole(vocabulary - 2), "eos_token_id": .whole(vocabulary - 1),
            "pad_token_id": .whole(vocabulary - 1),
        ]
    }

    /// The tokenizer's `tokenizer_config.json`.
    var tokenizerConfiguration: [String: DiffusersValue] {
        [
            "tokenizer_class": .text("CLIPTokenizer"), "model_max_length": .whole(context),
            "bos_token": .text("<|startoftext|>"), "eos_token": .text("<|endoftext|>"), "unk_token": .text("<|endoftext|>"),
            "pad_token": .text("<|endoftext|>"),
        ]
    }
}

extension SchedulerSettings {
    private static let classNames: [SchedulerKind: String] = [
        .ddim: "DDIMScheduler", .euler: "EulerDiscreteScheduler", .dpmSolver: "DPMSolverMultistepScheduler",
        .dpmSolverKarras: "DPMSolverMultistepScheduler", .pndm: "PNDMScheduler",
        .flowEuler: "FlowMatchEulerDiscreteScheduler",
    ]

    private var className: String { Self.classNames[kind] ?? "" }

    /// The `scheduler_config.json`.
    var diffusers: [String: DiffusersValue] {
        var fields: [String: DiffusersValue] = [
            "_class_name": .text(className), "num_train_timesteps": .whole(trainingSteps),
        ]
        if kind == .flowEuler {
            fields["shift"] = .single(shift)
            return fields
        }
        fields["beta_start"] = .number(firstVariance)
        fields["beta_end"] = .number(lastVariance)
        fields["beta_schedule"] = .text(curve.rawValue)
        fields["prediction_type"] = .text(prediction.rawValue)
        fields["timestep_spacing"] = .text(spacing.rawValue)
        fields["steps_offset"] = .whole(offset)
        switch kind {
        case .ddim:
            fields["set_alpha_to_one"] = .flag(endsClean)
            fields["clip_sample"] = .flag(clipsTo != nil)
            fields["clip_sample_range"] = .single(clipsTo ?? 1)
        case .pndm:
            fields["set_alpha_to_one"] = .flag(endsClean)
            fields["skip_prk_steps"] = .flag(true)
        case .euler: fields["use_karras_sigmas"] = .flag(usesKarras)
        case .dpmSolver, .dpmSolverKarras:
            fields["use_karras_sigmas"] = .flag(usesKarras)
            fields["solver_order"] = .whole(order)
            fields["lower_order_final"] = .flag(lowersLastOrder)
            fields["final_sigmas_type"] = .text(endsAtZero ? "zero" : "sigma_min")
        case .flowEuler: break
        }
        return fields
    }

    /// The `model_index.json` of a model with this scheduler.
    var pipelineIndex: [String: DiffusersValue] {
        [
            "_class_name": .text("StableDiffusionPipeline"), "unet": .texts(["diffusers", "UNet2DConditionModel"]),
            "vae": .texts(["diffusers", "AutoencoderKL"]), "text_encoder": .texts(["transformers", "CLIPTextModel"]),
            "tokenizer": .texts(["transformers", "CLIPTokenizer"]), "scheduler": .texts(["diffusers", className]),
            "requires_safety_checker": .flag(false),
        ]
    }
}
