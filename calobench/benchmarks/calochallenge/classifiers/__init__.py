"""The classifiers of the CaloChallenge: can a network tell generated showers from Geant4's?

Definitions: code/evaluate.py and code/resnet.py of github.com/CaloChallenge/homepage at commit
9b41df7; Krause and Shih, arXiv:2106.05285. Only what is about to train imports torch.
"""
