"""What llama.cpp calls the patterns in a GGUF file: the patterns themselves, and whether a whole word may be a token.

A few names stand for steps that are no patterns; those are not here.
"""

from __future__ import annotations

from tinydata.tokenizer.byte_level import CL100K, O200K, QWEN2, Layout

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_CASED = (  # letters that have a case, as deepseek-llm lists them
    "A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ"
    "-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰"
    "-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃"
)
_MARKED = r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_WORDS = r" ?[^(\s|.,!?…。，、।۔،)]+"
_IDEOGRAMS = "[一-龥ࠀ-一가-\ud7ff]+"
_KANA = "[一-龥぀-ゟ゠-ヿ]+"

# One for several names, since whole families of models took it over.
_TABLE: dict[str, Layout] = {
    "gpt-2 phi-2 mpt olmo jina-es jina-de jina-v1-en jina-v2-code jina-v2-de jina-v2-es roberta-bpe gigachat a.x-4.0 mellum modern-bert "
    "exaone4 jais trillion granite-docling": Layout(),
    "starcoder refact smollm command-r codeshell exaone minerva-7b mellum2": Layout((r"\p{N}", GPT2)),
    "llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral lfm2 midm-2.0 jina-v5-nano glm4 glm5": Layout(
        (CL100K,), whole_words=True
    ),
    "dbrx smaug-bpe chatglm-bpe": Layout((CL100K,)),
    "qwen2 deepseek-r1-qwen kormo f2llmv2 megrez": Layout((QWEN2,), nfc=True),
    "stablelm2 hunyuan solar-open grok-2": Layout((QWEN2,)),
    "qwen35": Layout(
        (QWEN2.replace(r"?\p{L}+", r"?[\p{L}\p{M}]+").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{M}\p{N}]"),)
    ),
    "gpt-4o llama4 kanana2 talkie minimax-m2": Layout((O200K,)),
    "tiny_aya cohere2moe": Layout((r"\d{1,3}(?=(?:\d{3})*\b)", O200K)),
    "tekken": Layout(
        (O200K.replace("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "").replace(r"\p{N}{1,3}", r"\p{N}"),), whole_words=True
    ),
    "deepseek-llm": Layout(
        (r"[\r\n]", rf"\s?[{_CASED}]+", r"\s?[!-/:-~！-／：-～‘-‟\u3000-。]+", r"\s+$", _IDEOGRAMS, r"\p{N}+")
    ),
    "deepseek-coder": Layout((r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", _IDEOGRAMS, r"\p{N}")),
    "deepseek-v3 hunyuan-dense joyai-llm hy_v4": Layout((r"\p{N}{1,3}", _KANA, _MARKED)),
    "falcon": Layout((r"[\p{P}\$\+<=>\^~\|`]+", GPT2, "[0-9][0-9][0-9]")),
    "bloom gpt3-finnish poro-chat": Layout((_WORDS,)),
    "viking": Layout((_WORDS, r"\p{N}")),
    "minicpm5": Layout((r"\p{N}{1,3}", CL100K.replace(r"\p{N}{1,3}", r"\p{N}+")), whole_words=True),
    "default": Layout((r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", "[0-9][0-9][0-9]")),
}
PRE_TOKENIZERS = {name: layout for names, layout in _TABLE.items() for name in names.split()}
