"""``python -m reference_models train|distill --config FILE``: what made the committed weights."""
from pathlib import Path
import click, torch
from rich.progress import Progress, TextColumn, BarColumn, TimeRemainingColumn, MofNCompleteColumn
from reference_models.config import *
from reference_models.dataset import *
from reference_models.training import *
from reference_models.checkpoint import CheckpointStore
from reference_models.network import *
from reference_models.symmetry import StaveSymmetry
SLOTS=dict(Par04SiW=0,Par04SciPb=1,ODD=2,FCCeeCLD=3,FCCeeALLEGRO=4)
SYM=dict(Par04SiW=StaveSymmetry(0,True),Par04SciPb=StaveSymmetry(0,True),ODD=StaveSymmetry(16,True),FCCeeCLD=StaveSymmetry(12,True),FCCeeALLEGRO=StaveSymmetry(0,False))

@click.group()
def main(): pass

@main.command()
@click.option('--config',type=Path,required=True)
def train(config):
    c=read_config(config,TrainConfig); o=c.optimizer
    torch.set_num_threads(o.threads); torch.manual_seed(o.seed)
    samples=read_samples({n:[p for g in gs for p in sorted(c.data_dir.glob(g))] for n,gs in c.files.items()},SLOTS,SYM)
    tr,va=hold_out(samples,c.validation_fraction)
    data=TrainingSet(tr,c.offset_mev); valid=TrainingSet(va,c.offset_mev,data.transform)
    net=DiT(NetworkConfig(patch=c.patch))
    t=Trainer(net,diffusion_loss(data,o.batch_size),Schedule(o.rate,o.warm_up,o.steps,o.decay),o.batch_size,CheckpointStore(c.output/'checkpoint.pt'),o.ema_decay,fixed_validation(valid,diffusion_loss,120),o.seed)
    t.resume(); torch.save({'t':data.transform.tensors()},c.output/'transform.pt') if c.output.exists() else None
    def report(s,l):
        if s.step%200==0: print(s.step,s.showers_seen,round(s.wall_s),t.curve[-1] if t.curve else l,flush=True)
    t.run(report)
if __name__=='__main__': main()
